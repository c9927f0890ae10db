//! Pipelines' rows.

use application::{
    idempotency::Idempotency,
    pipelines::{Pipelines, change, create},
};
use domain::{
    Error, Result,
    deployment::Deployment,
    environment::EnvironmentId,
    pipeline::{Pipeline, PipelineId},
};

use crate::{
    Table,
    deployments::holding,
    keys::{Key, Listed},
    rows::{Item, attribute, item, number, text, timestamp},
    transaction::{ABSENT, Condition, PRESENT, Transaction, at_revision},
};

impl Pipelines for Table {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        self.read(Key::pipeline(id)).await
    }
}

impl create::Store for Table {
    async fn create(
        &self,
        pipeline: &Pipeline,
        deployment: &Deployment,
        request: Option<&Idempotency>,
    ) -> Result<()> {
        let taken = || Error::ConcurrentChange("the pipeline's id");
        let mut transaction = Transaction::new(self);
        transaction.keep(request, pipeline)?;
        transaction.put(item(Key::pipeline(&pipeline.id), pipeline)?, ABSENT, taken())?;
        transaction.put(
            item(Key::deployment(&pipeline.id, &deployment.id), deployment)?,
            ABSENT,
            taken(),
        )?;
        transaction.changed_by(&pipeline.id, &pipeline.owner, pipeline.created_at)?;
        for key in pipeline.listing_keys() {
            transaction.put_listing(key, pipeline.id.as_str())?;
        }
        for id in pipeline.environment_ids() {
            transaction.count_pipelines(id, 1)?;
        }
        transaction.commit().await
    }
}

impl change::Store for Table {
    async fn change(&self, before: &Pipeline, after: &Pipeline, next: Option<&Deployment>) -> Result<()> {
        let changed = || Error::ConcurrentChange("the pipeline");
        let mut transaction = Transaction::new(self);
        let mut unchanged = unchanged(before);
        // Whether it is being deleted is no part of the revision.
        unchanged.expression.push_str(" AND #status = :before");
        unchanged
            .values
            .insert(":before".to_owned(), attribute(&before.status)?);
        // Not the whole row: a deployment that holds the pipeline writes to it, too.
        let mut update =
            "SET #status = :status, description = :description, tags = :tags, stages = :stages, \
                          orphans = :orphans, revision = :revision, updatedAt = :at, updatedBy = :by, updatedByRequest = :request"
                .to_owned();
        let mut values = Item::from([
            (":status".to_owned(), attribute(&after.status)?),
            (":description".to_owned(), attribute(&after.description)?),
            (":tags".to_owned(), attribute(&after.tags)?),
            (":stages".to_owned(), attribute(&after.stages)?),
            (":orphans".to_owned(), attribute(&after.orphans)?),
            (":revision".to_owned(), attribute(&after.revision)?),
            (":at".to_owned(), timestamp(after.updated_at)?),
            (":by".to_owned(), attribute(&after.updated_by)?),
            (":request".to_owned(), attribute(&after.updated_by_request)?),
        ]);
        if let Some(next) = next {
            transaction.hand_over(next, &mut update, &mut values)?;
        }
        transaction.update(Key::pipeline(&after.id), &update, values, unchanged, changed())?;
        if let Some(user) = &after.updated_by {
            transaction.changed_by(&after.id, user, after.updated_at)?;
        }
        let (old, new) = (before.listing_keys(), after.listing_keys());
        for key in new.iter().filter(|key| !old.contains(key)) {
            transaction.put_listing(key.clone(), after.id.as_str())?;
        }
        for key in old.into_iter().filter(|key| !new.contains(key)) {
            transaction.remove(key)?;
        }
        let (old, new) = (before.environment_ids(), after.environment_ids());
        for id in new.difference(&old) {
            transaction.count_pipelines(id, 1)?;
        }
        for id in old.difference(&new) {
            transaction.count_pipelines(id, -1)?;
        }
        transaction.commit().await
    }
}

impl Transaction<'_> {
    /// Records `next` and has it hold its pipeline: adds that to what `update` sets in the pipeline's record.
    pub(crate) fn hand_over(
        &mut self,
        next: &Deployment,
        update: &mut String,
        values: &mut Item,
    ) -> Result<()> {
        update.push_str(", activeDeployment = :next, lastDeployment = :last");
        values.insert(":next".to_owned(), text(next.id.as_str()));
        values.insert(":last".to_owned(), attribute(&next.summary())?);
        self.put(
            item(Key::deployment(&next.pipeline_id, &next.id), next)?,
            ABSENT,
            Error::ConcurrentChange("the pipeline"),
        )
    }

    /// Changes by how many pipelines an environment is used.
    pub(crate) fn count_pipelines(&mut self, environment: &EnvironmentId, change: i8) -> Result<()> {
        self.update(
            Key::environment(environment),
            "ADD pipelineCount :change",
            Item::from([(":change".to_owned(), number(change))]),
            PRESENT,
            Error::ConcurrentChange("an environment of the pipeline"),
        )
    }
}

/// The condition that a pipeline's record is still at the revision of `before` and held by whom it was held by.
pub(crate) fn unchanged(before: &Pipeline) -> Condition {
    let mut unchanged = at_revision(before.revision);
    if let Some(active) = &before.active_deployment {
        let held = holding(active);
        unchanged.expression.push_str(" AND ");
        unchanged.expression.push_str(&held.expression);
        unchanged.values.extend(held.values);
    } else {
        unchanged
            .expression
            .push_str(" AND attribute_not_exists(activeDeployment)");
    }
    unchanged
}
