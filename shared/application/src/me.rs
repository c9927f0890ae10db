//! Who the caller is, and what it may create.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Result, permissions::Caller, quota::PipelineQuotas, team::TeamName};
use serde::Serialize;

/// Reads how many pipelines teams have.
pub trait PipelinesOfTeams: Sync {
    /// How many pipelines each of `teams` has, deleted ones apart; those that never had one are missing.
    fn pipelines_of_teams(
        &self,
        teams: &BTreeSet<TeamName>,
    ) -> impl Future<Output = Result<BTreeMap<TeamName, u32>>> + Send;
}

/// How many pipelines a team has and may have.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamQuota {
    /// The team.
    pub team: TeamName,
    /// How many it has.
    pub count: u32,
    /// How many it may have.
    pub limit: u32,
}

/// The teams of `caller`, with the pipelines that each has and may have. The administrators' group owns nothing.
pub async fn quotas(
    store: &impl PipelinesOfTeams,
    caller: &Caller,
    quotas: PipelineQuotas,
) -> Result<Vec<TeamQuota>> {
    let teams = caller.owning_teams();
    let mut counts = store.pipelines_of_teams(&teams).await?;
    let quota = |team: TeamName| TeamQuota {
        count: counts.remove(&team).unwrap_or_default(),
        limit: quotas.team,
        team,
    };
    Ok(teams.into_iter().map(quota).collect())
}
