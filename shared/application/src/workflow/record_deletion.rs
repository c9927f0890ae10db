//! `RecordDeletion`: turns the pipeline's record into what administrators can read of it for a while.

use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentId},
    event::Ended,
    pipeline::{HISTORY_DAYS, Pipeline, PipelineId, PipelineStatus},
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{
    EndsDeployment, StepInput,
    artifacts::{DeleteArtifacts, PipelineArtifacts, ReadArtifacts},
    deletion::DeletionSummary,
};
use crate::{
    deployments::{
        end::{EndInput, Stacks, State, outcome},
        get::{Deployments, History},
    },
    pipelines::Pipelines,
};

/// Takes pipelines off the records.
pub trait Store: Pipelines + Deployments {
    /// Replaces the record of `before` by `tombstone`, takes its listings away, counts it no more at its environments and
    /// writes `deletion`, which has ended, all or nothing; database and history forget all of it at `expires_at`.
    /// [`Error::ConcurrentChange`] if the record is not `before`'s any more.
    fn bury(
        &self,
        before: &Pipeline,
        tombstone: &Pipeline,
        deletion: &Deployment,
        expires_at: OffsetDateTime,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Has all deployments of `pipeline`, its approvals and who had a hand in it forgotten at `expires_at`.
    fn expire_history(
        &self,
        pipeline: &PipelineId,
        expires_at: OffsetDateTime,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// The step's input.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The execution's ARN.
    pub execution_arn: String,
    /// The state machine's data.
    pub state: Run,
}

/// The state machine's data at the end of a deletion.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// What `PrepareDeletion` said.
    pub deletion: DeletionSummary,
    /// What the last `DeleteStack` or `CheckDeletion` said.
    pub stack: Stacks,
}

impl StepInput for Input {
    fn pipeline_id(&self) -> Option<&PipelineId> {
        Some(&self.state.pipeline_id)
    }

    fn deployment_id(&self) -> Option<&DeploymentId> {
        Some(&self.state.deployment_id)
    }
}

/// What the step answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// When the history is forgotten.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// What the workflow announces.
    pub event: Ended,
}

impl EndsDeployment for Recorded {
    fn ended(&self) -> &Ended {
        &self.event
    }
}

/// The step with what it works with.
#[derive(Debug)]
pub struct RecordDeletion<S, H, A> {
    /// The records.
    pub store: S,
    /// What the execution did.
    pub history: H,
    /// The artifacts bucket.
    pub artifacts: A,
}

impl<S: Store, H: History, A: ReadArtifacts + DeleteArtifacts> RecordDeletion<S, H, A> {
    /// Runs the step at the time `now`.
    pub async fn run(&self, input: Input, now: OffsetDateTime) -> Result<Recorded> {
        let Input {
            execution_arn,
            state:
                Run {
                    pipeline_id,
                    deployment_id,
                    deletion,
                    stack,
                },
        } = input;
        let before = self
            .store
            .pipeline(&pipeline_id)
            .await?
            .ok_or_else(|| Error::NotFound {
                what: "pipeline",
                id: pipeline_id.to_string(),
            })?;
        let gone = before.status == PipelineStatus::Deleted;
        if !gone && before.active_deployment.as_ref() != Some(&deployment_id) {
            return Err(Error::DeploymentSuperseded(deployment_id.to_string()));
        }
        let run = EndInput {
            execution_arn,
            state: State {
                plan: None,
                pipeline_id: pipeline_id.clone(),
                deployment_id,
                rendered: None,
                commit: None,
                stack: Some(stack),
                failure: None,
            },
        };
        let ended = outcome(&self.store, &self.history, &run).await?.succeeded(now);
        if !gone {
            let tombstone = Pipeline {
                status: PipelineStatus::Deleted,
                active_deployment: None,
                last_deployment: Some(ended.summary()),
                orphans: deletion.plan(&self.artifacts).await?.orphans,
                deletion: None,
                deleted_at: Some(now),
                ..before.clone()
            };
            for key in PipelineArtifacts::of(&pipeline_id).keys() {
                self.artifacts.delete(&key).await?;
            }
            self.store
                .bury(&before, &tombstone, &ended, forgotten(now))
                .await?;
        }
        let expires_at = forgotten(before.deleted_at.unwrap_or(now));
        self.store.expire_history(&pipeline_id, expires_at).await?;
        Ok(Recorded {
            expires_at,
            event: Ended::of(&before, &ended),
        })
    }
}

/// When the history of what was deleted at `time` is forgotten.
fn forgotten(time: OffsetDateTime) -> OffsetDateTime {
    time + Duration::days(HISTORY_DAYS.into())
}
