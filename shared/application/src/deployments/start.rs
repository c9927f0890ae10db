//! Starting the workflow for a deployment that is recorded.

use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentId, DeploymentStatus, DeploymentSummary, Failure, Operation},
    pipeline::{Pipeline, PipelineId, PipelineName, PipelineStatus},
    request::RequestId,
    revision::Revision,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::end::{self, Endings};

/// The input of an execution of the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkflowInput {
    /// What to bring about.
    #[serde(default)]
    pub operation: Operation,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// Its name, for people who look at the console.
    pub pipeline_name: PipelineName,
    /// The revision to deploy.
    pub revision: Revision,
    /// The deployment.
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

/// Starts the workflow for a deployment that has just been recorded. If it cannot be started, the record says so and what
/// to do, and the request has succeeded all the same: the pipeline is there.
pub(crate) async fn begin(
    store: &impl Endings,
    workflow: &impl Workflow,
    mut pipeline: Pipeline,
    deployment: &Deployment,
    now: OffsetDateTime,
) -> Result<Pipeline> {
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
    let failure = Failure {
        error: "WorkflowNotStarted".to_owned(),
        cause: format!(
            "the workflow could not be started: {error}. {}",
            match deployment.kind {
                Operation::Deploy => format!("Deploy again: POST /pipelines/{}/deployments", pipeline.id),
                Operation::Delete => format!("Delete again: DELETE /pipelines/{}", pipeline.id),
            }
        ),
    };
    let ended = deployment.clone().failed(failure, now);
    end::record(store, &ended, end::Left::default(), |_| Ok(None)).await?;
    pipeline.status = PipelineStatus::Failed;
    pipeline.active_deployment = None;
    pipeline.last_deployment = Some(ended.summary());
    Ok(pipeline)
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
