//! `GET /pipelines/{pipelineId}/deployments/{deploymentId}`

use application::{
    deployments::get::{self, History},
    records::{Deployments, Pipelines},
};
use domain::Result;

use super::DeploymentView;
use crate::{Answer, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/deployments/{deploymentId}",
    operation_id = "getDeployment",
    tag = "deployments",
    summary = "Read a deployment with its steps",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("deploymentId" = domain::ids::DeploymentId, Path, description = "The deployment"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The deployment", body = DeploymentView),
    ),
))]
pub async fn handle(
    store: &(impl Deployments + Pipelines),
    history: &impl History,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let pipeline = pipelines::id(&request)?;
    let id = request.id("deploymentId", "deployment")?;
    let deployment = get::get(store, history, &request.caller, &pipeline, &id).await?;
    Ok(Answer::ok(&DeploymentView::from(deployment)))
}
