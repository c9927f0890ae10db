//! `GET /me`

use application::me::{self, PipelinesOfTeams, TeamQuota};
use domain::{
    Result,
    quota::PipelineQuotas,
    team::{TeamName, Username},
};
use serde::Serialize;

use crate::{Answer, Request};

/// The caller, and what it may create.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Me))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeView {
    /// The user.
    pub username: Username,
    /// Whether the user is in the group platform-admins: it sees everything, and creates pipelines and links environments for any
    /// team.
    pub administrator: bool,
    /// The teams for which the user may create pipelines and link environments.
    pub teams: Vec<TeamName>,
    /// How many pipelines each of these teams has and may have.
    pub pipelines: Vec<TeamQuota>,
}

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/me",
    operation_id = "getMe",
    tag = "me",
    summary = "Read who you are and what you may create",
    description = "What your token says: a change of your groups shows with the next token, after an hour at most.",
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "You", body = MeView),
    ),
))]
pub async fn handle(
    store: &impl PipelinesOfTeams,
    quotas: PipelineQuotas,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let caller = &request.caller;
    let pipelines = me::quotas(store, caller, quotas).await?;
    Ok(Answer::ok(&MeView {
        username: caller.username.clone(),
        administrator: caller.is_admin(),
        teams: pipelines.iter().map(|quota| quota.team.clone()).collect(),
        pipelines,
    }))
}
