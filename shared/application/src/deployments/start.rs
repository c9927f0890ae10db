//! Starting the workflow for a deployment that is recorded.
//!
//! Whoever asks for a deployment only records it. The table's stream tells of the record, and the function `start-executions`
//! starts what it asks for: whatever dies, what is recorded gets started.

use domain::{
    Error, Result,
    deployment::{DeploymentStatus, DeploymentSummary, Failure, Operation, RunOutcome},
    ids::{DeploymentId, PipelineId, PipelineName},
    lifecycle::Transition,
    pipeline::Pipeline,
    request::RequestId,
    revision::Revision,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::complete::complete;
use crate::records::CommitPipelines;

/// The input of an execution of the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowInput {
    /// What to do.
    #[serde(default)]
    pub operation: Operation,
    pub pipeline_id: PipelineId,
    /// Its name, for people who look at the console.
    pub pipeline_name: PipelineName,
    /// The revision to deploy.
    pub revision: Revision,
    pub deployment_id: DeploymentId,
    /// The request that asked for it, which every log line of a step names. Executions that began before there was one have
    /// none.
    #[serde(default)]
    pub request_id: Option<RequestId>,
}

impl WorkflowInput {
    /// The input for `deployment` of `pipeline`.
    #[must_use]
    pub fn new(pipeline: &Pipeline, deployment: &DeploymentSummary) -> Self {
        Self {
            operation: deployment.kind,
            pipeline_id: pipeline.id.clone(),
            pipeline_name: pipeline.name.clone(),
            revision: deployment.revision,
            deployment_id: deployment.id.clone(),
            request_id: deployment.request_id.clone(),
        }
    }
}

/// Starts executions of the state machine.
pub trait Workflow: Sync {
    /// Starts the execution for `input`. Starting it again, running or ended, is success.
    fn start(&self, input: &WorkflowInput) -> impl Future<Output = Result<()>> + Send;
}

/// The pipeline as `committed` has left it. The request's line in the log names the deployment that waits to be started.
pub(crate) fn recorded(committed: Transition) -> Pipeline {
    let Transition { after, queued, .. } = committed;
    let span = tracing::Span::current();
    span.record("pipelineId", after.id.as_str());
    if let Some(queued) = queued {
        span.record("deploymentId", queued.id.as_str());
    }
    after
}

/// Starts the workflow for the deployment `id` of `pipeline_id`, if it waits for that; what was done, in words. If the workflow
/// refuses it for good, the record says so and what to do.
pub async fn start(
    store: &impl CommitPipelines,
    workflow: &impl Workflow,
    pipeline_id: &PipelineId,
    id: &DeploymentId,
    now: OffsetDateTime,
) -> Result<&'static str> {
    let span = tracing::Span::current();
    span.record("pipelineId", pipeline_id.as_str());
    span.record("deploymentId", id.as_str());
    let Some(pipeline) = store.pipeline(pipeline_id).await? else {
        return Ok("its pipeline is gone");
    };
    let waits = pipeline
        .last_deployment
        .as_ref()
        .filter(|last| last.id == *id && last.status == DeploymentStatus::Queued)
        .filter(|last| pipeline.active_deployment.as_ref() == Some(&last.id));
    let Some(waiting) = waits else {
        return Ok("it has begun, or another has taken its place");
    };
    match workflow.start(&WorkflowInput::new(&pipeline, waiting)).await {
        Ok(()) => Ok("execution started"),
        Err(error) if error.retryable() => Err(error),
        Err(error) => {
            record_refusal(store, pipeline_id, id, &error, now).await?;
            Err(error)
        }
    }
}

async fn record_refusal(
    store: &impl CommitPipelines,
    pipeline: &PipelineId,
    id: &DeploymentId,
    error: &Error,
    now: OffsetDateTime,
) -> Result<()> {
    let Some(deployment) = store.deployment(pipeline, id).await? else {
        return Ok(());
    };
    let failure = Failure::from(&Error::WorkflowNotStarted {
        reason: error.to_string(),
        again: deployment.again(),
    });
    let failed = deployment.failed(failure, now);
    complete(store, &failed, &RunOutcome::default(), now).await?;
    Ok(())
}
