//! `PATCH /environments/{environmentId}`

use application::{
    environments::{
        change::{ChangeEnvironment, ChangeEnvironments},
        withdrawal::Withdrawn,
    },
    records::{CommitEnvironments, listing::Listings},
};
use domain::{Result, pipeline::Pipeline};
use serde::Serialize;

use super::{EnvironmentView, Setup};
use crate::{Answer, Request};

/// An environment that was changed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ChangedEnvironment))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedEnvironmentView {
    /// The environment.
    #[serde(flatten)]
    pub environment: EnvironmentView,
    /// What is left of pipelines that may not use the environment any more, if the change says who may and there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    patch,
    path = "/environments/{environmentId}",
    operation_id = "changeEnvironment",
    tag = "environments",
    summary = "Change an environment",
    params(
        ("environmentId" = domain::ids::EnvironmentId, Path, description = "The environment"),
        ("If-Match" = Option<crate::entity_tags::EntityTags>, Header, description = "The entity tag of the record that the change is meant for"),
    ),
    request_body = ChangeEnvironment,
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The changed environment", body = ChangedEnvironmentView, headers(("ETag" = String, description = "The revision"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitEnvironments + Listings<Pipeline>),
    setup: &Setup,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let (id, expected) = (super::id(&request)?, request.if_match()?);
    let changes = ChangeEnvironments {
        store,
        prefix: &setup.platform.prefix,
    };
    let (environment, withdrawn) = changes
        .change(
            &request.caller,
            &id,
            request.body::<ChangeEnvironment>()?,
            expected.as_deref(),
            request.now,
        )
        .await?;
    let environment_view = EnvironmentView::new(setup, &environment, &request.caller, &request.api_url);
    let view = ChangedEnvironmentView {
        environment: environment_view,
        withdrawn,
    };
    Ok(Answer::ok(&view).tagged(environment.revision))
}
