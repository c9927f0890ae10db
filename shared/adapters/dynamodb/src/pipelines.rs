//! Pipelines' rows and what is written beside them: a transition is one transaction.

use application::records::{CommitPipelines, Pipelines, idempotency::Answer};
use domain::{
    Error, Result,
    deployment::Deployment,
    ids::{EnvironmentId, PipelineId},
    lifecycle::Transition,
    pipeline::{Pipeline, PipelineStatus},
};
use time::OffsetDateTime;

use crate::{
    Table,
    keys::{Key, listing_key},
    rows::{EXPIRES_AT, Item, item, number},
    transaction::{ABSENT, PRESENT, Transaction, at_version},
};

const CHANGED: Error = Error::ConcurrentChange("the pipeline");

impl Pipelines for Table {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        self.read(Key::pipeline(id)).await
    }
}

impl CommitPipelines for Table {
    async fn commit_pipeline(&self, transition: &Transition, answer: Option<&Answer<'_>>) -> Result<()> {
        let Transition {
            before,
            after,
            queued,
            updated,
            audit,
        } = transition;
        let expires_at = after.forgotten_at();
        let mut transaction = Transaction::new(self);
        transaction.keep(answer)?;
        transaction.audit(audit.as_ref())?;
        let unchanged = match before {
            Some(before) => at_version(before.version),
            None => ABSENT.into(),
        };
        let row = expiring(item(Key::pipeline(&after.id), after)?, expires_at);
        transaction.put(row, unchanged, CHANGED)?;
        let deployments = [(queued, ABSENT), (updated, PRESENT)];
        for (deployment, condition) in deployments {
            if let Some(deployment) = deployment {
                transaction.put(deployment_row(deployment, expires_at)?, condition, CHANGED)?;
            }
        }
        if let Some((user, at)) = transition.contributor() {
            transaction.changed_by(&after.id, user, at)?;
        }
        let listings = transition.listings();
        for listing in &listings.added {
            transaction.put_listing(listing_key(listing, after), after.id.as_str())?;
        }
        for listing in &listings.removed {
            transaction.remove(listing_key(listing, after))?;
        }
        let environments = transition.environments();
        for id in &environments.added {
            transaction.count_pipelines(id, 1)?;
        }
        for id in &environments.removed {
            transaction.count_pipelines(id, -1)?;
        }
        if after.status == PipelineStatus::Deleted {
            // Its CodePipelines are gone: nothing runs and nothing waits. The runs' own rows expire by themselves.
            transaction.remove(Key::delivery(&after.id))?;
        }
        transaction.commit().await
    }
}

fn deployment_row(deployment: &Deployment, expires_at: Option<OffsetDateTime>) -> Result<Item> {
    let key = Key::deployment(&deployment.pipeline_id, &deployment.id);
    Ok(expiring(item(key, deployment)?, expires_at))
}

fn expiring(mut row: Item, at: Option<OffsetDateTime>) -> Item {
    if let Some(at) = at {
        row.insert(EXPIRES_AT.to_owned(), number(at.unix_timestamp()));
    }
    row
}

impl Transaction<'_> {
    /// Changes by how many pipelines an environment is used: a new version of its record.
    fn count_pipelines(&mut self, environment: &EnvironmentId, change: i8) -> Result<()> {
        self.update(
            Key::environment(environment),
            "ADD pipelineCount :change, version :one",
            Item::from([
                (":change".to_owned(), number(change)),
                (":one".to_owned(), number(1)),
            ]),
            PRESENT,
            Error::ConcurrentChange("an environment of the pipeline"),
        )
    }
}
