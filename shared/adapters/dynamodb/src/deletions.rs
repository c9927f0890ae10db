//! The rows of pipelines that go: their deletion, and what is left to be read for a while.

use application::{pipelines::delete, workflow::record_deletion};
use domain::{
    Error, Result,
    deployment::Deployment,
    pipeline::{Pipeline, PipelineId},
};
use time::OffsetDateTime;

use crate::{
    Table,
    keys::{APPROVALS, CONTRIBUTIONS, DEPLOYMENTS, Key, LAST_APPROVALS, Listed, SK, pipeline_partition},
    listings::string,
    pipelines::unchanged,
    rows::{EXPIRES_AT, Item, attribute, item, number, timestamp},
    transaction::{PRESENT, Transaction},
};

impl delete::Store for Table {
    async fn delete(&self, before: &Pipeline, after: &Pipeline, next: Option<&Deployment>) -> Result<()> {
        let changed = || Error::ConcurrentChange("the pipeline");
        let mut transaction = Transaction::new(self);
        let mut update =
            "SET #status = :status, revision = :revision, updatedAt = :at, updatedBy = :by, updatedByRequest = :request".to_owned();
        let mut values = Item::from([
            (":status".to_owned(), attribute(&after.status)?),
            (":revision".to_owned(), attribute(&after.revision)?),
            (":at".to_owned(), timestamp(after.updated_at)?),
            (":by".to_owned(), attribute(&after.updated_by)?),
            (":request".to_owned(), attribute(&after.updated_by_request)?),
        ]);
        if let Some(deletion) = &after.deletion {
            update.push_str(", deletion = :deletion");
            values.insert(":deletion".to_owned(), attribute(deletion)?);
        }
        if let Some(next) = next {
            transaction.hand_over(next, &mut update, &mut values)?;
            update.push_str(" REMOVE deletion");
        }
        transaction.update(
            Key::pipeline(&after.id),
            &update,
            values,
            unchanged(before),
            changed(),
        )?;
        transaction.commit().await
    }
}

impl record_deletion::Store for Table {
    async fn bury(
        &self,
        before: &Pipeline,
        tombstone: &Pipeline,
        deletion: &Deployment,
        expires_at: OffsetDateTime,
    ) -> Result<()> {
        let changed = || Error::ConcurrentChange("the pipeline");
        let expiring = |mut row: Item| {
            row.insert(EXPIRES_AT.to_owned(), number(expires_at.unix_timestamp()));
            row
        };
        let mut transaction = Transaction::new(self);
        transaction.put(
            expiring(item(Key::pipeline(&before.id), tombstone)?),
            unchanged(before),
            changed(),
        )?;
        let key = Key::deployment(&before.id, &deletion.id);
        transaction.put(expiring(item(key, deletion)?), PRESENT, changed())?;
        // Its CodePipelines are gone: nothing runs and nothing waits. The runs' own rows expire by themselves.
        transaction.remove(Key::delivery(&before.id))?;
        for key in before.listing_keys() {
            transaction.remove(key)?;
        }
        for id in before.environment_ids() {
            transaction.count_pipelines(id, -1)?;
        }
        transaction.commit().await
    }

    async fn expire_history(&self, pipeline: &PipelineId, expires_at: OffsetDateTime) -> Result<()> {
        /// A transaction takes up to 100 writes.
        const BATCH: usize = 100;
        let partition = pipeline_partition(pipeline);
        for kind in [DEPLOYMENTS, APPROVALS, LAST_APPROVALS, CONTRIBUTIONS] {
            let mut after: Option<String> = None;
            loop {
                let rows = self
                    .range(&partition, kind, after.as_deref(), BATCH, true)
                    .await?;
                let Some(last) = rows.last() else { break };
                after = Some(string(last, SK)?);
                let mut transaction = Transaction::new(self);
                for row in &rows {
                    let key = Key {
                        pk: partition.clone(),
                        sk: string(row, SK)?,
                    };
                    transaction.update(
                        key,
                        "SET expiresAt = :at",
                        Item::from([(":at".to_owned(), number(expires_at.unix_timestamp()))]),
                        PRESENT,
                        Error::ConcurrentChange("a row of the pipeline"),
                    )?;
                }
                transaction.commit().await?;
                if rows.len() < BATCH {
                    break;
                }
            }
        }
        Ok(())
    }
}
