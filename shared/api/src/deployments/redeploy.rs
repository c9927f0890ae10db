//! `POST /pipelines/{pipelineId}/deployments`

use application::{
    deployments::{holder::Executions, redeploy},
    records::{CommitPipelines, EnvironmentsOfPipelines},
};
use domain::Result;

use super::DeploymentView;
use crate::{Answer, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines/{pipelineId}/deployments",
    operation_id = "redeployPipeline",
    tag = "deployments",
    summary = "Deploy the present revision again",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "The deployment that is under way", body = DeploymentView, headers(("Location" = String, description = "Where to follow it"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    executions: &impl Executions,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let id = pipelines::id(&request)?;
    let key = request.idempotency(format!("POST /pipelines/{id}/deployments"))?;
    let deployment =
        redeploy::redeploy(store, executions, &request.caller, &id, key.as_ref(), request.now).await?;
    let location = format!("/pipelines/{id}/deployments/{}", deployment.id);
    Ok(Answer::accepted(location, &DeploymentView::from(deployment)))
}
