//! Deleting a pipeline: its stacks, its repository if that is asked for, then its record.

use std::collections::BTreeMap;

use domain::{
    Error, Result,
    deployment::{Deployment, Operation},
    names::Prefix,
    permissions::Caller,
    pipeline::{DeletionRequest, Pipeline, PipelineId, PipelineStatus},
    revision::Revision,
};
use time::OffsetDateTime;

use super::change::orphans;
use crate::{
    deployments::{
        end::Endings,
        get::Deployments,
        redeploy::{Executions, under_way},
        start::{self, Workflow},
    },
    environments::EnvironmentsOfPipelines,
    ids, if_match,
};

/// Reads a pipeline and records that it is to be deleted.
pub trait Store: EnvironmentsOfPipelines + Deployments + Endings {
    /// Replaces status, revision and deletion of `before` by those of `after` and records the deletion `next`, which holds
    /// the pipeline from now on, if there is one; all or nothing. [`Error::ConcurrentChange`] if the record is not at
    /// `before`'s revision any more or another deployment holds the pipeline.
    fn delete(
        &self,
        before: &Pipeline,
        after: &Pipeline,
        next: Option<&Deployment>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// What deleting pipelines works with.
#[derive(Debug)]
pub struct DeletePipelines<'a, S, W> {
    /// The records.
    pub store: &'a S,
    /// The workflow.
    pub workflow: &'a W,
    /// The platform's prefix.
    pub prefix: &'a Prefix,
}

impl<S: Store, W: Workflow + Executions> DeletePipelines<'_, S, W> {
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
        let deleted = super::despite_endings(attempt).await?;
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
        let before = super::accessible(self.store, caller, id).await?;
        let running = under_way(self.store, self.workflow, &before).await?;
        if let Some(asked) = asked(&before, running.as_ref()) {
            return if asked == delete_repository {
                Ok(before)
            } else {
                Err(Error::Conflict(format!(
                    "a deletion of the pipeline {id} that {} its repository is under way",
                    if asked { "deletes" } else { "keeps" }
                )))
            };
        }
        if_match::check(expected, before.revision)?;
        let mut after = Pipeline {
            status: PipelineStatus::Deleting,
            revision: before.revision.next(),
            updated_at: now,
            updated_by: Some(caller.username.clone()),
            updated_by_request: caller.request_id.clone(),
            ..before.clone()
        };
        if running.is_some() {
            after.deletion = Some(DeletionRequest {
                delete_repository,
                requested_by: caller.username.clone(),
                request_id: caller.request_id.clone(),
            });
            self.store.delete(&before, &after, None).await?;
            return Ok(after);
        }
        let deletion = Deployment::queued(
            ids::deployment_id()?,
            after.id.clone(),
            after.revision,
            caller.username.clone(),
            now,
        )
        .on_request(caller.request_id.clone())
        .deleting(delete_repository);
        after.deletion = None;
        after.active_deployment = Some(deletion.id.clone());
        after.last_deployment = Some(deletion.summary());
        self.store.delete(&before, &after, Some(&deletion)).await?;
        start::begin(self.store, self.workflow, after, &deletion, now).await
    }

    async fn with_orphans(&self, pipeline: Pipeline) -> Result<Pipeline> {
        if pipeline.stack_id.is_none() {
            // Nothing has ever deployed the application.
            return Ok(pipeline);
        }
        let environments: BTreeMap<_, _> = self
            .store
            .environments(&pipeline.environment_ids())
            .await?
            .into_iter()
            .map(|environment| (environment.id.clone(), environment))
            .collect();
        let orphans = orphans(self.prefix, &pipeline, &[], &environments);
        Ok(Pipeline { orphans, ..pipeline })
    }
}

/// Whether the deletion that is under way, if there is one, deletes the repository.
fn asked(pipeline: &Pipeline, running: Option<&Deployment>) -> Option<bool> {
    let running = running?;
    if running.kind == Operation::Delete {
        return Some(running.delete_repository.unwrap_or_default());
    }
    pipeline
        .deletion
        .as_ref()
        .map(|deletion| deletion.delete_repository)
}
