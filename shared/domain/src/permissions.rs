//! Who may do what.
//!
//! | what | who |
//! |---|---|
//! | see an environment | its team, the teams invited to it |
//! | change, verify and unlink an environment, see who uses it, evict stages from it | its team |
//! | use an environment in a pipeline | whoever may create or change the pipeline, if the environment's owners let the *pipeline's* team: see [`crate::consent`] |
//! | change, deploy or delete a pipeline, see its repository, take its credentials | its team, the team of its CICD environment |
//! | start, stop and retry the runs of a pipeline | the same |
//! | see a pipeline without its repository, its deployments and runs, where its stages are and what stands there | the same two, the teams of its stages' environments |
//! | take away a stage's approval | of those who may change the pipeline, the team of the stage's environment |
//! | approve or reject a stage | the team of the stage's environment; where that says `FOUR_EYES`, approving is for nobody who [had a hand in it](crate::approval::hand_in), administrators included |
//! | anything | `platform-admins`, but only what owners let the pipeline's team |

use std::collections::BTreeSet;

use crate::{
    environment::Environment,
    pipeline::Pipeline,
    request::RequestId,
    team::{PLATFORM_ADMINS, TeamName, Username},
};

/// Who calls, and by which request: a user and the teams that the user is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub username: Username,
    /// The user's teams.
    pub teams: BTreeSet<TeamName>,
    /// The request, for the records and logs of what comes of it.
    pub request_id: Option<RequestId>,
    /// The address that it came from.
    pub source_address: Option<String>,
}

impl Caller {
    /// Whether the caller sees and does everything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.teams.iter().any(|team| team.as_str() == PLATFORM_ADMINS)
    }

    /// The caller's teams that may own pipelines and environments.
    #[must_use]
    pub fn owning_teams(&self) -> BTreeSet<TeamName> {
        let teams = self.teams.iter();
        teams
            .filter(|team| team.as_str() != PLATFORM_ADMINS)
            .cloned()
            .collect()
    }

    /// Whether the caller may act for `team`.
    #[must_use]
    pub fn acts_for(&self, team: &TeamName) -> bool {
        self.is_admin() || self.teams.contains(team)
    }

    /// Whether the caller may see `environment`.
    #[must_use]
    pub fn may_see_environment(&self, environment: &Environment) -> bool {
        self.is_admin()
            || environment
                .teams()
                .into_iter()
                .any(|team| self.teams.contains(team))
    }

    /// Whether the caller may change, verify and unlink `environment`.
    #[must_use]
    pub fn may_change_environment(&self, environment: &Environment) -> bool {
        self.acts_for(&environment.team)
    }

    /// Whether the caller may change and deploy `pipeline`, see its repository and take its credentials.
    #[must_use]
    pub fn may_access_pipeline(&self, pipeline: &Pipeline) -> bool {
        self.acts_for(&pipeline.team) || self.acts_for(&pipeline.cicd_team)
    }

    /// Whether the caller may read `pipeline`, without its repository.
    #[must_use]
    pub fn may_read_pipeline(&self, pipeline: &Pipeline) -> bool {
        let mut teams = pipeline.reading_teams().into_iter();
        teams.any(|team| self.acts_for(team))
    }

    /// Whether the caller may take away the approval before a stage that is delivered to `environment`.
    #[must_use]
    pub fn may_lower_protection_of(&self, environment: &Environment) -> bool {
        self.acts_for(&environment.team)
    }

    /// Whether the caller may answer approvals of a stage that is delivered to `environment`.
    #[must_use]
    pub fn may_answer_for(&self, environment: &Environment) -> bool {
        self.acts_for(&environment.team)
    }

    /// Whether the caller may see where the stages of `pipeline` are and what stands there; `environments` are those that it
    /// uses.
    #[must_use]
    pub fn may_see_stages<'e>(
        &self,
        pipeline: &Pipeline,
        environments: impl IntoIterator<Item = &'e Environment>,
    ) -> bool {
        self.may_read_pipeline(pipeline)
            || environments.into_iter().any(|environment| {
                let mut stages = pipeline.stages.iter();
                stages.any(|stage| stage.environment_id == environment.id) && self.acts_for(&environment.team)
            })
    }
}
