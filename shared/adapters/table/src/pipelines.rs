//! Pipelines' rows.

use std::collections::BTreeSet;

use application::{
    idempotency::Idempotency,
    pipelines::{Pipelines, create},
};
use domain::{
    Error, Result,
    deployment::Deployment,
    environment::{Environment, EnvironmentId},
    pipeline::{Pipeline, PipelineId},
};

use crate::{
    Table,
    keys::{Key, Listed},
    rows::{Item, item, number, record},
    transaction::{ABSENT, PRESENT, Transaction},
};

impl Pipelines for Table {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        self.read(Key::pipeline(id)).await
    }
}

impl create::Store for Table {
    async fn environments(&self, ids: &BTreeSet<EnvironmentId>) -> Result<Vec<Environment>> {
        let items = self.read_all(ids.iter().map(Key::environment).collect()).await?;
        items.into_iter().map(record).collect()
    }

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
        for key in pipeline.listing_keys() {
            transaction.put_listing(key, pipeline.id.as_str())?;
        }
        for id in pipeline.environment_ids() {
            transaction.update(
                Key::environment(id),
                "ADD pipelineCount :one",
                Item::from([(":one".to_owned(), number(1))]),
                PRESENT,
                Error::ConcurrentChange("an environment of the pipeline"),
            )?;
        }
        transaction.commit().await
    }
}
