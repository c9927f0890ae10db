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
    pub pipelines: Vec<TeamQuotaView>,
}

/// How many pipelines a team has and may have.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TeamQuota))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamQuotaView {
    /// The team.
    pub team: TeamName,
    /// How many it has.
    pub count: u32,
    /// How many it may have.
    pub limit: u32,
}

impl From<TeamQuota> for TeamQuotaView {
    fn from(
        TeamQuota {
            team,
            pipelines,
            limit,
        }: TeamQuota,
    ) -> Self {
        Self {
            team,
            count: pipelines,
            limit,
        }
    }
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
    let quotas = me::quotas(store, caller, quotas).await?;
    Ok(Answer::ok(&MeView {
        username: caller.username.clone(),
        administrator: caller.is_admin(),
        teams: caller.owning_teams().into_iter().collect(),
        pipelines: quotas.into_iter().map(TeamQuotaView::from).collect(),
    }))
}
