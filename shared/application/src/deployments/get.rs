//! Reading one deployment, with its steps.

use domain::{
    Error, Result,
    deployment::{Deployment, Step},
    ids::{DeploymentId, PipelineId},
    permissions::Caller,
};

use crate::{
    access::readable,
    records::{Deployments, Pipelines},
};

/// Reads what an execution of the state machine did.
pub trait History: Sync {
    /// The steps of an execution, in the order in which they began.
    fn steps(&self, execution_arn: &str) -> impl Future<Output = Result<Vec<Step>>> + Send;
}

/// The deployment `id` of `pipeline` as `caller` sees it; while it runs, its steps come from the workflow itself.
pub async fn get(
    store: &(impl Deployments + Pipelines),
    history: &impl History,
    caller: &Caller,
    pipeline: &PipelineId,
    id: &DeploymentId,
) -> Result<Deployment> {
    readable(store, caller, pipeline).await?;
    let mut deployment = store
        .deployment(pipeline, id)
        .await?
        .ok_or_else(|| Error::not_found("deployment", id))?;
    if let Some(execution) = deployment
        .execution_arn
        .as_ref()
        .filter(|_| !deployment.status.ended())
    {
        deployment.steps = history.steps(execution).await?;
    }
    Ok(deployment)
}
