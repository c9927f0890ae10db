//! `POST /pipelines`

use application::{
    pipelines::create,
    records::{CommitPipelines, EnvironmentsOfPipelines},
};
use domain::{Result, prefix::Prefix};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines",
    operation_id = "createPipeline",
    tag = "pipelines",
    summary = "Create a pipeline and start its deployment",
    params(
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    request_body = create::CreatePipeline,
    responses(
        crate::problem::ProblemResponses,
        (status = 201, description = "Recorded; its deployment is under way", body = super::PipelineView, headers(("ETag" = String, description = "The revision"), ("Location" = String, description = "Where to read it from now on"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let key = request.idempotency("POST /pipelines")?;
    let pipeline = create::create(
        store,
        prefix,
        &request.caller,
        request.body()?,
        key.as_ref(),
        request.now,
    )
    .await?;
    let view = PipelineView::new(prefix, &pipeline);
    Ok(Answer::created(format!("/pipelines/{}", pipeline.id), &view).tagged(pipeline.revision))
}
