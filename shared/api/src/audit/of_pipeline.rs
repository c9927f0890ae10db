//! `GET /pipelines/{pipelineId}/audit`

use application::{
    audit::{AuditTrail, of_pipeline},
    records::Pipelines,
};
use domain::Result;

use crate::{Answer, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/audit",
    operation_id = "listPipelineAudit",
    tag = "pipelines",
    summary = "List what was asked for about a pipeline, the newest first",
    description = "Who asked for what, when, from where, and how it was answered: changes, credentials, approvals, runs, and what was \
                   refused. For all who may read the pipeline; credentials are told to its team and that of its CICD environment. Entries can be read for 400 days.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<domain::audit::AuditFacts>),
    ),
))]
pub async fn handle(store: &(impl AuditTrail + Pipelines), request: Request) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let page = of_pipeline(store, &request.caller, &pipelines::id(&request)?, &page).await?;
    Ok(Answer::list(page, |entry| entry.facts))
}
