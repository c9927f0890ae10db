//! `POST /pipelines/{pipelineId}/revisions/{revision}/restoration`

use application::{
    deployments::holder::Executions,
    pipelines::change::ChangePipelines,
    records::{CommitPipelines, EnvironmentsOfPipelines, idempotency::KeepAnswers},
    revisions::KeptRevisions,
};
use domain::{Result, prefix::Prefix};

use crate::{Answer, Request, pipelines, pipelines::PipelineView};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines/{pipelineId}/revisions/{revision}/restoration",
    operation_id = "restoreRevision",
    tag = "revisions",
    summary = "Restore an earlier revision of a pipeline and deploy it",
    description = "Makes a new revision with the description, the tags and the stages of the earlier one. It is a change like that of \
                   `changePipeline`: for the same callers, by the same rules as they are now, and merged with what developers changed in \
                   the repository. If it cannot be, `errors` name the stages, with pointers into the definition of the revision. To restore what the pipeline is already changes nothing. \
                   A revision that there never was, or that is not kept any more, is answered with 404 and those that are kept.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("revision" = domain::revision::Revision, Path, description = "The revision to restore"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
        ("If-Match" = Option<crate::entity_tags::EntityTags>, Header, description = "The entity tag of the record that the restoration is meant for"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The changed pipeline; its deployment is under way", body = crate::pipelines::PipelineView, headers(("ETag" = String, description = "The revision"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines + KeptRevisions + KeepAnswers),
    executions: &impl Executions,
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let (id, revision) = (pipelines::id(&request)?, request.id("revision", "revision")?);
    let key = request.idempotency(format!("POST /pipelines/{id}/revisions/{revision}/restoration"))?;
    let pipelines = ChangePipelines {
        store,
        executions,
        prefix,
    };
    let pipeline = pipelines
        .restore(
            &request.caller,
            &id,
            revision,
            key.as_ref(),
            request.if_match()?.as_deref(),
            request.now,
        )
        .await?;
    Ok(Answer::ok(&PipelineView::new(prefix, &pipeline)).tagged(pipeline.revision))
}
