//! `GET /pipelines/{pipelineId}/stages`

use application::{
    pipelines::live_stages::{self, FindStates},
    records::{EnvironmentsOfPipelines, Pipelines},
};
use domain::Result;

use crate::{Answer, Platform, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/stages",
    operation_id = "getStages",
    tag = "pipelines",
    summary = "Show the stages as CodePipeline knows them: what is deployed, what is on its way, and who must approve",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The stages, and the CodePipelines that deliver them. A stage is NOT_DEPLOYED while its CodePipeline does not exist", body = live_stages::LiveStages),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    code_pipelines: &impl FindStates,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let id = super::id(&request)?;
    let stages = live_stages::live_stages(store, code_pipelines, platform, &request.caller, &id).await?;
    Ok(Answer::ok(&stages))
}
