//! `POST /environments/{environmentId}/verification`

use application::{environments::verify, linked_accounts::bootstrap::Inspector, records::CommitEnvironments};
use domain::Result;

use super::{EnvironmentView, Setup};
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/environments/{environmentId}/verification",
    operation_id = "verifyEnvironment",
    tag = "environments",
    summary = "Check that the platform can work there",
    params(
        ("environmentId" = domain::ids::EnvironmentId, Path, description = "The environment"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "READY, or FAILED with the problems and the commands that fix them", body = EnvironmentView, headers(("ETag" = String, description = "The revision"))),
    ),
))]
pub async fn handle(
    store: &impl CommitEnvironments,
    inspector: &impl Inspector,
    setup: &Setup,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let id = super::id(&request)?;
    let key = request.idempotency(format!("POST /environments/{id}/verification"))?;
    let environment =
        verify::verify(store, inspector, &request.caller, &id, key.as_ref(), request.now).await?;
    Ok(Answer::ok(&EnvironmentView::new(
        setup,
        &environment,
        &request.caller,
        &request.api_url,
    ))
    .tagged(environment.revision))
}
