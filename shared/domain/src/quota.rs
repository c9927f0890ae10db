//! How many pipelines there may be.

use crate::{Error, Result, ids::EnvironmentId, team::TeamName};

/// How many pipelines there may be; those that are deleted do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PipelineQuotas {
    /// How many a team may have. Pipelines that were made before they were counted do not count.
    pub team: u32,
    /// How many may use an environment when another pipeline wants it as its CICD environment.
    pub cicd_environment: u32,
}

impl PipelineQuotas {
    /// Whether a team that has so many pipelines may have another one in the CICD environment `cicd`, which so many use.
    pub fn check(&self, team: &TeamName, of_team: u32, cicd: &EnvironmentId, users: u32) -> Result<()> {
        if users >= self.cicd_environment {
            Err(self.environment_is_full(cicd))
        } else if of_team >= self.team {
            Err(self.team_is_full(team))
        } else {
            Ok(())
        }
    }

    /// The error when the team has as many as it may have.
    #[must_use]
    pub fn team_is_full(&self, team: &TeamName) -> Error {
        Error::QuotaExceeded(format!(
            "the team {team} has {} pipelines, which is the most that a team may have: delete one that is not needed, or ask the \
             platform's administrators to raise PipelinesPerTeam",
            self.team
        ))
    }

    /// The error when as many pipelines use the environment as may.
    #[must_use]
    pub fn environment_is_full(&self, environment: &EnvironmentId) -> Error {
        Error::QuotaExceeded(format!(
            "{} pipelines use the environment {environment}, which is the most for a CICD environment: choose another one, or ask \
             the platform's administrators to raise PipelinesPerCicdEnvironment",
            self.cicd_environment
        ))
    }
}
