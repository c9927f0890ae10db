//! `POST /environments`

pub use application::environments::link::LinkRules;
use application::{
    environments::link,
    records::{CommitEnvironments, FindUnverifiedLinks},
};
use domain::Result;

use super::{EnvironmentView, Setup};
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/environments",
    operation_id = "linkEnvironment",
    tag = "environments",
    summary = "Link an AWS account and region",
    description = "A link reserves nothing until a verification finds it ready. One that no pipeline uses and that is not verified ends after 7 days.",
    params(
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    request_body = link::LinkEnvironment,
    responses(
        crate::problem::ProblemResponses,
        (status = 201, description = "Linked; setup holds the commands for the account's owner", body = EnvironmentView, headers(("ETag" = String, description = "The revision"), ("Location" = String, description = "Where to read it from now on"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitEnvironments + FindUnverifiedLinks),
    setup: &Setup,
    rules: &LinkRules,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let key = request.idempotency("POST /environments")?;
    let environment = link::link(
        store,
        rules,
        &request.caller,
        request.body()?,
        key.as_ref(),
        request.now,
    )
    .await?;
    let view = EnvironmentView::new(setup, &environment, &request.caller, &request.api_url);
    Ok(Answer::created(format!("/environments/{}", environment.id), &view).tagged(environment.revision))
}
