//! `GET /pipelines/{pipelineId}`

use application::{
    pipelines::get,
    records::{Deliveries, EnvironmentsOfPipelines, Pipelines},
};
use domain::{Result, prefix::Prefix};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}",
    operation_id = "getPipeline",
    tag = "pipelines",
    summary = "Read a pipeline",
    description = "Also for the teams of its stages' environments, without the repository.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The pipeline", body = super::PipelineView, headers(("ETag" = String, description = "The revision"))),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines + Deliveries),
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let shown = get::get(store, &request.caller, &super::id(&request)?).await?;
    let view = PipelineView::shown(prefix, &shown, &request.caller);
    Ok(Answer::ok(&view).tagged(shown.pipeline.revision))
}
