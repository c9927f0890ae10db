//! Pipelines' rows and what is written beside them: a transition is one transaction.

use std::collections::{BTreeMap, BTreeSet};

use application::{
    me::PipelinesOfTeams,
    records::{CommitPipelines, Pipelines, idempotency::Answer},
};
use domain::{
    Error, Result,
    deployment::Deployment,
    ids::{EnvironmentId, PipelineId},
    lifecycle::Transition,
    pipeline::{Pipeline, PipelineStatus},
    quota::PipelineQuotas,
    team::TeamName,
};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{
    Table,
    keys::{Key, listing_key},
    rows::{EXPIRES_AT, Item, item, number, record},
    transaction::{ABSENT, Condition, PRESENT, Transaction, at_version},
};

const CHANGED: Error = Error::ConcurrentChange("the pipeline");

impl Pipelines for Table {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        self.read(Key::pipeline(id)).await
    }
}

/// How many pipelines a team has.
#[derive(Deserialize)]
pub(crate) struct TeamCountRow {
    pk: String,
    pipelines: u32,
}

impl PipelinesOfTeams for Table {
    async fn pipelines_of_teams(&self, teams: &BTreeSet<TeamName>) -> Result<BTreeMap<TeamName, u32>> {
        let rows = self.read_all(teams.iter().map(Key::team_count).collect()).await?;
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for row in rows {
            let TeamCountRow { pk, pipelines } = record(row)?;
            counts.insert(pk, pipelines);
        }
        let count = |team: &TeamName| Some((team.clone(), counts.remove(&Key::team_count(team).pk)?));
        Ok(teams.iter().filter_map(count).collect())
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
            revisions: _,
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
        transaction.revisions(transition)?;
        let listings = transition.listings();
        for listing in &listings.added {
            transaction.put_listing(listing_key(listing, after), after.id.as_str(), None)?;
        }
        for listing in &listings.removed {
            transaction.remove(listing_key(listing, after))?;
        }
        let environments = transition.environments();
        let quotas = self.quotas.filter(|_| before.is_none());
        for id in &environments.added {
            let quotas = quotas.filter(|_| *id == after.cicd_environment_id);
            transaction.count_pipelines(id, 1, quotas)?;
        }
        for id in &environments.removed {
            transaction.count_pipelines(id, -1, None)?;
        }
        match transition.counts() {
            0 => {}
            change => transaction.count_for_team(&after.team, change, quotas)?,
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

/// The condition that a count is below `most`, and `also`.
fn fewer_than(count: &str, most: u32, also: &str) -> Condition {
    let fewer = format!("(attribute_not_exists({count}) OR {count} < :most)");
    Condition {
        expression: if also.is_empty() {
            fewer
        } else {
            format!("{also} AND {fewer}")
        },
        values: Item::from([(":most".to_owned(), number(most))]),
    }
}

impl Transaction<'_> {
    /// Changes by how many pipelines an environment is used: a new version of its record.
    fn count_pipelines(
        &mut self,
        environment: &EnvironmentId,
        change: i8,
        quotas: Option<PipelineQuotas>,
    ) -> Result<()> {
        let (condition, unmet) = match quotas {
            Some(quotas) => (
                fewer_than("pipelineCount", quotas.cicd_environment, PRESENT),
                quotas.environment_is_full(environment),
            ),
            None => (
                PRESENT.into(),
                Error::ConcurrentChange("an environment of the pipeline"),
            ),
        };
        self.update(
            Key::environment(environment),
            "ADD pipelineCount :change, version :one",
            Item::from([
                (":change".to_owned(), number(change)),
                (":one".to_owned(), number(1)),
            ]),
            condition,
            unmet,
        )
    }

    /// Changes how many pipelines a team has.
    fn count_for_team(&mut self, team: &TeamName, change: i8, quotas: Option<PipelineQuotas>) -> Result<()> {
        let (key, add) = (Key::team_count(team), "ADD pipelines :change");
        let values = Item::from([(":change".to_owned(), number(change))]);
        match quotas {
            Some(quotas) => {
                // Without a row the team has no pipeline yet.
                let condition = fewer_than("pipelines", quotas.team, "");
                self.update(key, add, values, condition, quotas.team_is_full(team))
            }
            None => self.set(key, add, values),
        }
    }
}
