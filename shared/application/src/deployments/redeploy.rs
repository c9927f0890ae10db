//! Deploying the present revision of a pipeline again.

use domain::{
    Result, consent,
    deployment::{Deployment, DeploymentStatus},
    ids::PipelineId,
    lifecycle,
    permissions::Caller,
    pipeline::Pipeline,
};
use time::OffsetDateTime;

use super::start::{self, Workflow, WorkflowInput};
use crate::{
    access::accessible,
    ids,
    records::{
        CommitPipelines, Deployments, EnvironmentsOfPipelines, environments_by_id,
        idempotency::{Answer, Idempotency, replayed},
    },
};

/// Tells whether an execution still runs.
pub trait Executions: Sync {
    /// Whether the execution for `input` runs.
    fn running(&self, input: &WorkflowInput) -> impl Future<Output = Result<bool>> + Send;
}

/// Deploys the present revision of the pipeline `id`. While a deployment of that revision is under way, that one is the
/// answer; one whose execution has died gives its place up.
pub async fn redeploy(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    workflow: &(impl Workflow + Executions),
    caller: &Caller,
    id: &PipelineId,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Deployment> {
    if let Some(answered) = replayed::<Deployment>(store, request).await? {
        return Ok(answered);
    }
    let pipeline = accessible(store, caller, id).await?;
    lifecycle::accepts_requests(&pipeline)?;
    let environments = environments_by_id(store, &pipeline.environment_ids()).await?;
    consent::check(&pipeline, &environments)?;
    if let Some(present) = under_way(store, workflow, &pipeline).await? {
        return Ok(present);
    }
    let own = lifecycle::Request::of(caller, now, ids::deployment_id()?);
    let (deployment, transition) = lifecycle::redeploy(&pipeline, own)?;
    let answer = Answer::to(request, &deployment)?;
    store.commit_pipeline(&transition, answer.as_ref()).await?;
    let pipeline = Box::pin(start::begin(store, workflow, transition, now)).await?;
    let failure = pipeline
        .last_deployment
        .filter(|last| last.id == deployment.id)
        .and_then(|last| last.failure);
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
