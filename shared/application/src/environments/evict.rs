//! Evicting a pipeline's stages from an environment: its owners' last word.

use domain::{
    Error, Result,
    ids::{EnvironmentId, PipelineId, StageName},
    lifecycle::{self, Placement, Transition},
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus, Stage},
};
use time::OffsetDateTime;

use crate::{
    access::changeable_environment,
    deployments::{
        holder::{Executions, holder},
        start::recorded,
    },
    ids,
    linked_accounts::{
        session_policy::{Calls, On},
        stage_transitions::{StageTransitions, close_stages},
    },
    platform::Platform,
    records::{
        CommitPipelines, Environments, EnvironmentsById, EnvironmentsOfPipelines, environments_by_id,
        retrying,
    },
};

/// What evicting calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &["codepipeline:DisableStageTransition"],
}];

/// What evicting works with.
#[derive(Debug)]
pub struct Evict<'a, S, W, T> {
    /// The records.
    pub store: &'a S,
    pub executions: &'a W,
    pub transitions: &'a T,
    pub platform: &'a Platform,
}

impl<S, W, T> Evict<'_, S, W, T>
where
    S: CommitPipelines + Environments + EnvironmentsOfPipelines,
    W: Executions,
    T: StageTransitions,
{
    /// Takes the stages of the pipeline `pipeline_id` out of the environment `id`: closes the way into them, and makes a revision
    /// without them, which is deployed. If it has no other stages, it is deleted, and its repository kept.
    ///
    /// [`Error::Conflict`] if the environment holds its repository and CICD stack: then it is to be deleted.
    pub async fn evict(
        &self,
        caller: &Caller,
        id: &EnvironmentId,
        pipeline_id: &PipelineId,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        changeable_environment(self.store, caller, id).await?;
        retrying(async || self.attempt(caller, id, pipeline_id, now).await).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        id: &EnvironmentId,
        pipeline_id: &PipelineId,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        let before = self
            .store
            .pipeline(pipeline_id)
            .await?
            .filter(|pipeline| pipeline.status != PipelineStatus::Deleted)
            .filter(|pipeline| pipeline.environment_ids().contains(id))
            .ok_or_else(|| Error::not_found("pipeline", pipeline_id))?;
        if before.cicd_environment_id == *id {
            return Err(Error::Conflict(format!(
                "the environment {id} holds repository and CICD stack of the pipeline {pipeline_id}: delete the pipeline with \
                 DELETE /pipelines/{pipeline_id}"
            )));
        }
        if before.status == PipelineStatus::Deleting {
            return Ok(before);
        }
        let environments = environments_by_id(self.store, &before.environment_ids()).await?;
        self.close(caller, &before, id, &environments).await;
        let Some(transition) = self.transition(caller, id, &before, &environments, now).await? else {
            return Ok(before);
        };
        self.store.commit_pipeline(&transition, None).await?;
        Ok(recorded(transition))
    }

    /// The pipeline without its stages in the environment `id`, or its deletion.
    async fn transition(
        &self,
        caller: &Caller,
        id: &EnvironmentId,
        before: &Pipeline,
        environments: &EnvironmentsById,
        now: OffsetDateTime,
    ) -> Result<Option<Transition>> {
        let mut definition = before.definition();
        definition.stages.retain(|stage| stage.environment_id != *id);
        let holder = holder(self.store, self.executions, before, now).await?;
        let request = lifecycle::Request::of(caller, now, ids::deployment_id()?);
        if definition.stages.is_empty() {
            return lifecycle::request_deletion(before, &holder, false, request);
        }
        let placement = Placement::of(&self.platform.prefix, before, &definition.stages, environments);
        lifecycle::evict(before, definition, placement, &holder, request)
    }

    /// Closes the way into the stages in the environment `id` at once: the deployment without them takes a while, and developers'
    /// changes may keep it from ending well. If the CICD account does not let the platform in, nothing there does its bidding
    /// anyway: the eviction is recorded all the same.
    async fn close(
        &self,
        caller: &Caller,
        pipeline: &Pipeline,
        id: &EnvironmentId,
        environments: &EnvironmentsById,
    ) {
        let Some(cicd) = environments.get(&pipeline.cicd_environment_id) else {
            return;
        };
        let there = |stage: &&Stage| stage.environment_id == *id;
        let stages: Vec<&StageName> = pipeline
            .stages
            .iter()
            .filter(there)
            .map(|stage| &stage.name)
            .collect();
        let reason = format!("{} has evicted it from the environment {id}", caller.username);
        let closed = async {
            let session = self.platform.session(cicd, pipeline, &caller.username, CALLS)?;
            close_stages(self.transitions, &session, pipeline, stages, &reason).await
        };
        if let Err(error) = closed.await {
            tracing::warn!(
                error = error.name(),
                "the evicted stages could not be closed: {error}"
            );
        }
    }
}
