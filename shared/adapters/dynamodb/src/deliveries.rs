//! What is kept of pipelines' runs: a row for each run, and one beside the pipeline's record.

use std::collections::BTreeMap;

use application::{
    deliveries::record::{Answer, RecordRuns},
    records::Deliveries,
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Error, Result,
    delivery::{Delivery, RUN_DAYS, Run},
    ids::{PipelineId, RunId, StageName},
    pipeline::PipelineStatus,
};
use time::{Duration, OffsetDateTime};

use crate::{
    Table,
    keys::{Key, PK},
    listings::string,
    rows::{EXPIRES_AT, Item, attribute, item, number, record},
    transaction::{Condition, Transaction, at_count},
};

const CHANGED: Error = Error::ConcurrentChange("the pipeline's runs");

impl Deliveries for Table {
    async fn deliveries(&self, ids: &[&PipelineId]) -> Result<BTreeMap<PipelineId, Delivery>> {
        let rows = self
            .read_all(ids.iter().map(|id| Key::delivery(id)).collect())
            .await?;
        let mut found = BTreeMap::new();
        for row in rows {
            let partition = string(&row, PK)?;
            let id = ids.iter().find(|id| Key::delivery(id).pk == partition);
            if let Some(id) = id {
                found.insert((*id).clone(), record(row)?);
            }
        }
        Ok(found)
    }
}

impl RecordRuns for Table {
    async fn run(&self, pipeline: &PipelineId, run: &RunId) -> Result<Option<Run>> {
        self.read(Key::run(pipeline, run)).await
    }

    async fn delivery(&self, pipeline: &PipelineId) -> Result<Option<Delivery>> {
        self.read(Key::delivery(pipeline)).await
    }

    async fn answer(&self, pipeline: &PipelineId, run: &RunId, stage: &StageName) -> Result<Option<Answer>> {
        self.read(Key::answer(pipeline, run, stage)).await
    }

    async fn keep(&self, pipeline: &PipelineId, run: &Run, delivery: &Delivery) -> Result<()> {
        let mut transaction = Transaction::new(self);
        // A deleted pipeline has no runs any more, and what is written beside its record would stay forever.
        let is_there = Condition {
            expression: "#status <> :deleted".to_owned(),
            values: Item::from([(":deleted".to_owned(), attribute(&PipelineStatus::Deleted)?)]),
        };
        transaction.check(Key::pipeline(pipeline), is_there, CHANGED)?;
        let mut row = item(
            Key::run(pipeline, &run.run_id),
            &Run {
                version: run.version + 1,
                ..run.clone()
            },
        )?;
        // A set, so that announcements are added without reading; DynamoDB has no empty ones.
        row.remove("announced");
        if !run.announced.is_empty() {
            let announced = run.announced.iter().cloned().collect();
            row.insert("announced".to_owned(), AttributeValue::Ss(announced));
        }
        let expires_at = OffsetDateTime::now_utc() + Duration::days(RUN_DAYS.into());
        row.insert(EXPIRES_AT.to_owned(), number(expires_at.unix_timestamp()));
        transaction.put(row, at_count(run.version), CHANGED)?;
        let row = item(
            Key::delivery(pipeline),
            &Delivery {
                version: delivery.version + 1,
                ..delivery.clone()
            },
        )?;
        transaction.put(row, at_count(delivery.version), CHANGED)?;
        transaction.commit().await
    }

    async fn announced(&self, pipeline: &PipelineId, run: &RunId, announcement: &str) -> Result<()> {
        let mut transaction = Transaction::new(self);
        // The version tells whoever has read the row before that it is another one now.
        transaction.update(
            Key::run(pipeline, run),
            "ADD announced :announcement, version :one",
            Item::from([
                (
                    ":announcement".to_owned(),
                    AttributeValue::Ss(vec![announcement.to_owned()]),
                ),
                (":one".to_owned(), number(1)),
            ]),
            crate::transaction::PRESENT,
            CHANGED,
        )?;
        transaction.commit().await
    }
}
