//! `GET /environments/{environmentId}`

use application::{environments::get, records::Environments};
use domain::Result;

use super::{EnvironmentView, Setup};
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/environments/{environmentId}",
    operation_id = "getEnvironment",
    tag = "environments",
    summary = "Read an environment",
    params(
        ("environmentId" = domain::ids::EnvironmentId, Path, description = "The environment"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The environment", body = EnvironmentView, headers(("ETag" = String, description = "The revision"))),
    ),
))]
pub async fn handle(store: &impl Environments, setup: &Setup, request: Request) -> Result<Answer> {
    request.query().finish()?;
    let environment = get::get(store, &request.caller, &super::id(&request)?).await?;
    Ok(Answer::ok(&EnvironmentView::new(
        setup,
        &environment,
        &request.caller,
        &request.api_url,
    ))
    .tagged(environment.revision))
}
