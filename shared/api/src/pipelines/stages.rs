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
    summary = "See where the stages are now, as CodePipeline says: what stands there, what is on its way, what waits for whom",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The stages, NOT_DEPLOYED while the CodePipeline is not there, and the CodePipelines that deliver them", body = live_stages::LiveStages),
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
