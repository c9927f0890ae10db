//! `GET /redeployments/{redeploymentId}`

use application::{
    records::{Environments, Pipelines},
    redeployments::{
        Redeployments,
        get::{self, RedeploymentExecutions},
    },
};
use domain::Result;

use super::RedeploymentView;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/redeployments/{redeploymentId}",
    operation_id = "getRedeployment",
    tag = "redeployments",
    summary = "Read how far a redeployment is",
    description = "Whoever may ask for a redeployment may read it for 90 days. When what it names is gone, only administrators may.",
    params(
        ("redeploymentId" = domain::ids::RedeploymentId, Path, description = "The redeployment. One that an event asked for has the event's id"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The redeployment", body = RedeploymentView),
    ),
))]
pub async fn handle(
    store: &(impl Redeployments + Pipelines + Environments),
    executions: &impl RedeploymentExecutions,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let id = super::id(&request)?;
    let followed = get::get(store, executions, &request.caller, &id, request.now).await?;
    Ok(Answer::ok(&RedeploymentView::from(followed)))
}
