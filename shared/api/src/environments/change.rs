//! `PATCH /environments/{environmentId}`

use application::{
    environments::change, records::CommitEnvironments, redeployments::RedeploymentWorkflow,
    redeployments::Redeployments,
};
use domain::Result;

use super::{EnvironmentView, Setup};
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    patch,
    path = "/environments/{environmentId}",
    operation_id = "changeEnvironment",
    tag = "environments",
    summary = "Change an environment",
    params(
        ("environmentId" = domain::ids::EnvironmentId, Path, description = "The environment"),
        ("If-Match" = Option<String>, Header, description = "The entity tag of the record that the change is meant for"),
    ),
    request_body = change::ChangeEnvironment,
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The changed environment", body = EnvironmentView, headers(("ETag" = String, description = "The revision"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitEnvironments + Redeployments),
    workflow: &impl RedeploymentWorkflow,
    setup: &Setup,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let (id, expected) = (super::id(&request)?, request.if_match());
    let environment = change::change(
        store,
        workflow,
        &request.caller,
        &id,
        request.body()?,
        expected.as_deref(),
        request.now,
    )
    .await?;
    Ok(Answer::ok(&EnvironmentView::new(
        setup,
        &environment,
        &request.caller,
        &request.api_url,
    ))
    .tagged(environment.revision))
}
