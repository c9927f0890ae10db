//! Starting the workflow for a deployment that is recorded.

use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentStatus, DeploymentSummary, Failure, Operation, RunOutcome},
    ids::{DeploymentId, PipelineId, PipelineName},
    lifecycle::Transition,
    pipeline::Pipeline,
    request::RequestId,
    revision::Revision,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::complete;
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

/// Starts the workflow for the deployment that `committed` has queued, if it has queued one. If it cannot be started, the
/// record says so and what to do, and the request has succeeded all the same: the pipeline is there.
pub(crate) async fn begin(
    store: &impl CommitPipelines,
    workflow: &impl Workflow,
    committed: Transition,
    now: OffsetDateTime,
) -> Result<Pipeline> {
    let Transition {
        after: mut pipeline,
        mut queued,
        ..
    } = committed;
    // Again only for what somebody has asked for since: the failed deployment makes way for that.
    while let Some(deployment) = queued {
        // The request's line in the log names what came of it.
        let span = tracing::Span::current();
        span.record("pipelineId", pipeline.id.as_str());
        span.record("deploymentId", deployment.id.as_str());
        let input = WorkflowInput::new(&pipeline, &deployment.summary());
        let Err(error) = workflow.start(&input).await else {
            return Ok(pipeline);
        };
        tracing::error!(
            error = error.name(), cause = %error,
            source = std::error::Error::source(&error).map(tracing::field::display),
            "the workflow could not be started"
        );
        let failure = Failure::from(&not_started(&deployment, &error));
        let failed = deployment.clone().failed(failure, now);
        let recorded = complete::complete(store, &failed, &RunOutcome::default(), now).await?;
        (pipeline, queued) = (recorded.pipeline, recorded.queued);
    }
    Ok(pipeline)
}

fn not_started(deployment: &Deployment, error: &Error) -> Error {
    let pipeline = &deployment.pipeline_id;
    let again = match deployment.kind {
        Operation::Deploy => format!("Deploy again: POST /pipelines/{pipeline}/deployments"),
        Operation::Delete => format!("Delete again: DELETE /pipelines/{pipeline}"),
    };
    Error::WorkflowNotStarted {
        reason: error.to_string(),
        again,
    }
}

/// Starts the workflow for the deployment that holds the pipeline, if it waits to be started.
pub(crate) async fn queued(workflow: &impl Workflow, pipeline: &Pipeline) -> Result<()> {
    match &pipeline.last_deployment {
        Some(last)
            if last.status == DeploymentStatus::Queued
                && pipeline.active_deployment.as_ref() == Some(&last.id) =>
        {
            workflow.start(&WorkflowInput::new(pipeline, last)).await
        }
        _ => Ok(()),
    }
}

/// Starts the workflow for a deployment that an earlier, equal request recorded.
pub(crate) async fn again(workflow: &impl Workflow, pipeline: Pipeline) -> Result<Pipeline> {
    let Some(last) = &pipeline.last_deployment else {
        return Err(Error::Internal(
            "a pipeline's first answer names no deployment".to_owned(),
        ));
    };
    workflow.start(&WorkflowInput::new(&pipeline, last)).await?;
    Ok(pipeline)
}
