//! `DELETE /environments/{environmentId}`

use application::{
    environments::unlink,
    records::{CommitEnvironments, listing::Listings},
};
use domain::{Result, pipeline::Pipeline};

use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    delete,
    path = "/environments/{environmentId}",
    operation_id = "unlinkEnvironment",
    tag = "environments",
    summary = "Unlink an environment that no pipeline uses",
    params(
        ("environmentId" = domain::ids::EnvironmentId, Path, description = "The environment"),
        ("If-Match" = Option<crate::entity_tags::EntityTags>, Header, description = "The entity tag of the record that the change is meant for"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 204, description = "Unlinked"),
    ),
))]
pub async fn handle(
    store: &(impl CommitEnvironments + Listings<Pipeline>),
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    unlink::unlink(
        store,
        &request.caller,
        &super::id(&request)?,
        request.if_match()?.as_deref(),
        request.now,
    )
    .await?;
    Ok(Answer::no_content())
}
