//! `RecordDeletion`: turns the pipeline's record into what administrators can read of it for a while.

use domain::{
    Error, Result,
    event::Ended,
    ids::{DeploymentId, PipelineId},
    lifecycle,
    pipeline::{Pipeline, PipelineStatus},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    deletion::DeletionSummary,
    record_outcome::{RecordOutcomeInput, Stacks, State, outcome, recorded},
};
use crate::{
    artifacts::{DeleteArtifacts, PipelineArtifacts, ReadArtifacts},
    deployments::get::History,
    records::{CommitPipelines, retrying},
    step::Step,
};

/// Lets the rows of deleted pipelines expire.
pub trait ExpireHistory: Sync {
    /// Lets the deployments of `pipeline`, its approvals and contributors expire at `expires_at`.
    fn expire_history(
        &self,
        pipeline: &PipelineId,
        expires_at: OffsetDateTime,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Lets what is left of `pipeline` expire if it is deleted: the step that recorded that may have come no further.
pub(crate) async fn expire_if_deleted(
    store: &impl ExpireHistory,
    pipeline: &Pipeline,
    now: OffsetDateTime,
) -> Result<()> {
    if pipeline.status == PipelineStatus::Deleted {
        let expires_at = pipeline.forgotten_at().unwrap_or(now);
        store.expire_history(&pipeline.id, expires_at).await?;
    }
    Ok(())
}

/// The step's input.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordDeletionInput {
    pub execution_arn: String,
    /// The state machine's data.
    pub state: Run,
}

/// The state machine's data at the end of a deletion.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub pipeline_id: PipelineId,
    pub deployment_id: DeploymentId,
    /// What `PrepareDeletion` said.
    pub deletion: DeletionSummary,
    /// What the last `DeleteStack` or `CheckDeletion` said.
    pub stack: Stacks,
}

/// What the step answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedDeletion {
    /// When the history is forgotten.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// What the workflow announces.
    pub event: Ended,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct RecordDeletion<S, H, A> {
    pub store: S,
    /// What the execution did.
    pub history: H,
    /// The artifacts bucket.
    pub artifacts: A,
}

impl<S: CommitPipelines + ExpireHistory, H: History, A: ReadArtifacts + DeleteArtifacts> Step
    for RecordDeletion<S, H, A>
{
    const NAME: &'static str = "RecordDeletion";
    type Input = RecordDeletionInput;
    type Output = RecordedDeletion;

    async fn run(&self, input: RecordDeletionInput, now: OffsetDateTime) -> Result<RecordedDeletion> {
        retrying(async || self.attempt(input.clone(), now).await).await
    }

    fn ended(recorded: &RecordedDeletion) -> Option<&Ended> {
        Some(&recorded.event)
    }
}

impl<S: CommitPipelines + ExpireHistory, H: History, A: ReadArtifacts + DeleteArtifacts>
    RecordDeletion<S, H, A>
{
    async fn attempt(&self, input: RecordDeletionInput, now: OffsetDateTime) -> Result<RecordedDeletion> {
        let Run {
            pipeline_id,
            deployment_id,
            deletion,
            stack,
        } = input.state;
        let before = self
            .store
            .pipeline(&pipeline_id)
            .await?
            .ok_or_else(|| Error::not_found("pipeline", &pipeline_id))?;
        let run = RecordOutcomeInput {
            execution_arn: input.execution_arn,
            state: State {
                stack: Some(stack),
                ..State::unknown(pipeline_id.clone(), deployment_id)
            },
        };
        let recorded = recorded(&self.store, &run.state).await?;
        let ended = outcome(&self.history, recorded, &run).await.succeeded(now);
        let orphans = match before.status {
            // The plan is gone with the other artifacts.
            PipelineStatus::Deleted => Vec::new(),
            _ => deletion.plan(&self.artifacts).await?.orphans,
        };
        let expires_at = match lifecycle::deleted(&before, &ended, orphans, now)? {
            Some(transition) => {
                self.store.commit_pipeline(&transition, None).await?;
                transition.after.forgotten_at()
            }
            None => before.forgotten_at(),
        }
        .unwrap_or(now);
        self.store.expire_history(&pipeline_id, expires_at).await?;
        // After the record: a repetition reads the plan among them as long as the record asks for it.
        for key in PipelineArtifacts::of(&pipeline_id).keys() {
            self.artifacts.delete(&key).await?;
        }
        Ok(RecordedDeletion {
            expires_at,
            event: Ended::of(&before, &ended),
        })
    }
}
