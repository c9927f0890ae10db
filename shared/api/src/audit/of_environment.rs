//! `GET /environments/{environmentId}/audit`

use application::{
    audit::{AuditTrail, of_environment},
    records::Environments,
};
use domain::Result;

use crate::{Answer, Request, environments};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/environments/{environmentId}/audit",
    operation_id = "listEnvironmentAudit",
    tag = "environments",
    summary = "List what was asked for about an environment, the newest first",
    description = "Who asked for what, when, from where, and how it was answered, refusals included. For the environment's team. Entries can be read for 400 days.",
    params(
        ("environmentId" = domain::ids::EnvironmentId, Path, description = "The environment"),
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<domain::audit::AuditFacts>),
    ),
))]
pub async fn handle(store: &(impl AuditTrail + Environments), request: Request) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let page = of_environment(store, &request.caller, &environments::id(&request)?, &page).await?;
    Ok(Answer::list(page, |entry| entry.facts))
}
