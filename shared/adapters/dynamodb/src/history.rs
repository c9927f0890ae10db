//! What is left of deleted pipelines, which goes after a while.

use application::workflow::record_deletion::ExpireHistory;
use domain::{Error, Result, ids::PipelineId};
use time::OffsetDateTime;

use crate::{
    Table,
    keys::{APPROVALS, CONTRIBUTIONS, DEPLOYMENTS, Key, LAST_APPROVALS, REVISIONS, SK, pipeline_partition},
    listings::string,
    rows::{Item, number},
    transaction::{PRESENT, Transaction},
};

impl ExpireHistory for Table {
    async fn expire_history(&self, pipeline: &PipelineId, expires_at: OffsetDateTime) -> Result<()> {
        /// A transaction takes up to 100 writes.
        const BATCH: usize = 100;
        let partition = pipeline_partition(pipeline);
        for kind in [DEPLOYMENTS, REVISIONS, APPROVALS, LAST_APPROVALS, CONTRIBUTIONS] {
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
