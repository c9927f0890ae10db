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
    description = "With dryRun=true the answer says what that would do, and nothing is written: refusals are the same, an \
                   Idempotency-Key has no meaning, and the request does not count for the limit of changes.",
    params(
        ("dryRun" = Option<bool>, Query, description = "Whether only to say what would happen. The default is false"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    request_body = create::CreatePipeline,
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "What creating it would do, for a dry run", body = application::pipelines::preview::Preview),
        (status = 201, description = "Recorded; its deployment is under way", body = super::PipelineView, headers(("ETag" = String, description = "The revision"), ("Location" = String, description = "Where to read it from now on"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    super::no_dry_run(&request)?;
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
