//! Deployments' rows.

use application::{
    deployments::list::DeploymentHistory,
    records::{Deployments, listing::Entry},
};
use domain::{
    Result,
    deployment::Deployment,
    ids::{DeploymentId, PipelineId},
};

use crate::{
    Table,
    keys::{DEPLOYMENTS, Key, SK, pipeline_partition},
    listings::string,
    rows::record,
};

impl Deployments for Table {
    async fn deployment(&self, pipeline: &PipelineId, id: &DeploymentId) -> Result<Option<Deployment>> {
        self.read(Key::deployment(pipeline, id)).await
    }
}

impl DeploymentHistory for Table {
    async fn deployments(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<Deployment>>> {
        let rows = self
            .range(&pipeline_partition(pipeline), DEPLOYMENTS, after, limit, false)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Entry {
                    key: string(&row, SK)?,
                    record: Some(record(row)?),
                })
            })
            .collect()
    }
}
