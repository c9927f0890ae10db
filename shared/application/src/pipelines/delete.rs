//! Deleting a pipeline: its stacks, its repository if that is asked for, then its record.

use domain::{
    Result,
    ids::PipelineId,
    lifecycle::{self, Placement},
    permissions::Caller,
    pipeline::Pipeline,
    prefix::Prefix,
    revision::Revision,
};
use time::OffsetDateTime;

use crate::{
    access::accessible,
    deployments::{
        holder::{Executions, holder},
        start::recorded,
    },
    ids,
    records::{CommitPipelines, EnvironmentsOfPipelines, environments_by_id, retrying},
};

/// What deleting pipelines works with.
#[derive(Debug)]
pub struct DeletePipelines<'a, S, W> {
    /// The records.
    pub store: &'a S,
    pub executions: &'a W,
    /// The platform's prefix.
    pub prefix: &'a Prefix,
}

impl<S: CommitPipelines + EnvironmentsOfPipelines, W: Executions> DeletePipelines<'_, S, W> {
    /// Deletes the pipeline `id`: at once, or after the deployment that is under way. While its deletion is under way that
    /// is the answer; one that failed or died is taken up again.
    ///
    /// The answer's orphans are the application's stacks: they stay, for they hold its data.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: &PipelineId,
        delete_repository: bool,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        let attempt = async || self.attempt(caller, id, delete_repository, expected, now).await;
        let deleted = retrying(attempt).await?;
        self.with_orphans(deleted).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        id: &PipelineId,
        delete_repository: bool,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        let before = accessible(self.store, caller, id).await?;
        let holder = holder(self.store, self.executions, &before, now).await?;
        let request = lifecycle::Request::of(caller, now, ids::deployment_id()?).expecting(expected);
        let requested = lifecycle::request_deletion(&before, &holder, delete_repository, request)?;
        let Some(transition) = requested else {
            return Ok(before);
        };
        self.store.commit_pipeline(&transition, None).await?;
        Ok(recorded(transition))
    }

    async fn with_orphans(&self, pipeline: Pipeline) -> Result<Pipeline> {
        if pipeline.stack_id.is_none() {
            // Nothing has ever deployed the application.
            return Ok(pipeline);
        }
        let environments = environments_by_id(self.store, &pipeline.environment_ids()).await?;
        let Placement { orphans, .. } = Placement::of(self.prefix, &pipeline, &[], &environments);
        Ok(Pipeline { orphans, ..pipeline })
    }
}
