//! `POST /redeployments/{redeploymentId}/cancellation`

use application::{
    records::{Environments, Pipelines},
    redeployments::{
        CancelRedeployments,
        cancel::{self, StopExecutions},
    },
};
use domain::Result;

use super::RedeploymentView;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/redeployments/{redeploymentId}/cancellation",
    operation_id = "cancelRedeployment",
    tag = "redeployments",
    summary = "Cancel a redeployment",
    description = "No further deployment starts; those that are under way end by themselves. Cancelling again, or after the \
                   end, changes nothing.",
    params(
        ("redeploymentId" = domain::ids::RedeploymentId, Path, description = "The redeployment"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "Has no effect here: repeating the request is harmless"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "The redeployment", body = RedeploymentView, headers(("Location" = String, description = "Where to follow it"))),
    ),
))]
pub async fn handle(
    store: &(impl CancelRedeployments + Pipelines + Environments),
    executions: &impl StopExecutions,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let id = super::id(&request)?;
    // Refused if it is malformed, as with every POST.
    request.idempotency(format!("POST /redeployments/{id}/cancellation"))?;
    let followed = cancel::cancel(store, executions, &request.caller, &id, request.now).await?;
    Ok(Answer::accepted(
        super::location(&id),
        &RedeploymentView::from(followed),
    ))
}
