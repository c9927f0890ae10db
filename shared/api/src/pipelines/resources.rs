//! `GET /pipelines/{pipelineId}/stages/{stage}/resources`

use application::{
    pipelines::get_resources::{self, ReadApplications},
    records::{EnvironmentsOfPipelines, Pipelines},
};
use domain::{Result, ids::StageName};

use crate::{Answer, Platform, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/stages/{stage}/resources",
    operation_id = "getResources",
    tag = "pipelines",
    summary = "Show what is deployed in the stage's account: the application's stack",
    description = "The stack is found by the name that the rendered repository gives it: one that developers renamed in app.py is not found.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("stage" = StageName, Path, description = "The stage"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The stack with its resources and outputs. There are none while there is no stack", body = get_resources::StageResources),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    applications: &impl ReadApplications,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let id = super::id(&request)?;
    let stage: StageName = request.id("stage", "stage")?;
    let found =
        get_resources::get_resources(store, applications, platform, &request.caller, &id, &stage).await?;
    Ok(Answer::ok(&found))
}
