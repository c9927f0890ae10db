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
    keys::{DEPLOYMENTS, Key, pipeline_partition},
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
        self.newest_first(&pipeline_partition(pipeline), DEPLOYMENTS, after, limit)
            .await
    }
}
