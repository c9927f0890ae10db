//! Who may do what.
//!
//! | what | who |
//! |---|---|
//! | see an environment, use it in a pipeline | its team, the teams invited to it |
//! | change an environment | its team |
//! | see, change or deploy a pipeline, take its credentials | its team, the team of its CICD environment |
//! | start, stop and retry the runs of a pipeline | the same |
//! | see a pipeline without its repository, where its stages are, what stands there and its runs | the same two, the teams of its stages' environments |
//! | approve or reject a stage | the team of the stage's environment; where that says `FOUR_EYES`, approving is for nobody who [had a hand in it](crate::approval::hand_in), administrators included |
//! | anything else | `platform-admins` |

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
}

impl Caller {
    /// Whether the caller sees and does everything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.teams.iter().any(|team| team.as_str() == PLATFORM_ADMINS)
    }

    /// Whether the caller may act for `team`.
    #[must_use]
    pub fn acts_for(&self, team: &TeamName) -> bool {
        self.is_admin() || self.teams.contains(team)
    }

    /// Whether the caller may see `environment` and use it in pipelines.
    #[must_use]
    pub fn may_use_environment(&self, environment: &Environment) -> bool {
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

    /// Whether the caller may see, change and deploy `pipeline` and take its credentials.
    #[must_use]
    pub fn may_access_pipeline(&self, pipeline: &Pipeline) -> bool {
        self.acts_for(&pipeline.team) || self.acts_for(&pipeline.cicd_team)
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
        self.may_access_pipeline(pipeline)
            || environments.into_iter().any(|environment| {
                let mut stages = pipeline.stages.iter();
                stages.any(|stage| stage.environment_id == environment.id) && self.acts_for(&environment.team)
            })
    }
}
