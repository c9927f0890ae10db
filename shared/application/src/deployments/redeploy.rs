//! Deploying the present revision of a pipeline again.

use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentStatus},
    permissions::Caller,
    pipeline::{Pipeline, PipelineId, PipelineStatus},
};
use time::OffsetDateTime;

use super::{
    end::Endings,
    get::Deployments,
    start::{self, Workflow, WorkflowInput},
};
use crate::{
    idempotency::{Idempotency, KeptAnswers, replayed},
    ids,
    pipelines::{Pipelines, accessible},
};

/// Reads a pipeline and records a new deployment of it.
pub trait Store: Pipelines + Deployments + KeptAnswers + Endings {
    /// Records `deployment`, gives it the pipeline and keeps the answer for `request`, all or nothing, if
    /// `before.active_deployment` and `before.status` still are what they were; [`Error::ConcurrentChange`] otherwise.
    fn deploy(
        &self,
        before: &Pipeline,
        deployment: &Deployment,
        request: Option<&Idempotency>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Tells whether an execution still runs.
pub trait Executions: Sync {
    /// Whether the execution for `input` runs.
    fn running(&self, input: &WorkflowInput) -> impl Future<Output = Result<bool>> + Send;
}

/// Deploys the present revision of the pipeline `id`. While a deployment of that revision is under way, that one is the
/// answer; one whose execution has died gives its place up.
pub async fn redeploy(
    store: &impl Store,
    workflow: &(impl Workflow + Executions),
    caller: &Caller,
    id: &PipelineId,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Deployment> {
    if let Some(answered) = replayed::<Deployment>(store, request).await? {
        return Ok(answered);
    }
    let mut pipeline = accessible(store, caller, id).await?;
    if pipeline.status == PipelineStatus::Deleting {
        return Err(Error::Conflict(format!("the pipeline {id} is being deleted")));
    }
    if let Some(present) = under_way(store, workflow, &pipeline).await? {
        return Ok(present);
    }
    let deployment = Deployment::queued(
        ids::deployment_id()?,
        pipeline.id.clone(),
        pipeline.revision,
        caller.username.clone(),
        now,
    )
    .on_request(caller.request_id.clone());
    store.deploy(&pipeline, &deployment, request).await?;
    pipeline.last_deployment = Some(deployment.summary());
    let pipeline = start::begin(store, workflow, pipeline, &deployment, now).await?;
    let failure = pipeline.last_deployment.and_then(|last| last.failure);
    let status = if failure.is_some() {
        DeploymentStatus::Failed
    } else {
        deployment.status
    };
    Ok(Deployment {
        status,
        failure,
        ..deployment
    })
}

/// The deployment that has the pipeline now, started if it was not, unless its execution has ended without a word.
pub(crate) async fn under_way(
    store: &impl Deployments,
    workflow: &(impl Workflow + Executions),
    pipeline: &Pipeline,
) -> Result<Option<Deployment>> {
    let Some(active) = &pipeline.active_deployment else {
        return Ok(None);
    };
    let Some(deployment) = store.deployment(&pipeline.id, active).await? else {
        return Ok(None);
    };
    let input = WorkflowInput::new(pipeline, &deployment.summary());
    if deployment.status == DeploymentStatus::Queued {
        workflow.start(&input).await?;
    }
    Ok(workflow.running(&input).await?.then_some(deployment))
}
