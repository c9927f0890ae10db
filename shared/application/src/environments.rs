//! Linking AWS accounts and regions to the platform.

pub mod change;
pub mod get;
pub mod link;
pub mod list;
pub mod unlink;
pub mod verify;

use std::collections::BTreeSet;

use domain::{
    Error, Result,
    environment::{Environment, EnvironmentId},
    permissions::Caller,
};

/// Reads an environment's record.
pub trait Environments: Sync {
    /// The environment `id`, if there is one.
    fn environment(&self, id: &EnvironmentId) -> impl Future<Output = Result<Option<Environment>>> + Send;
}

/// Reads the records of all environments that a pipeline uses.
pub trait EnvironmentsOfPipelines: Sync {
    /// The present records of the environments `ids`, read consistently, in any order; those that do not exist are missing.
    fn environments(
        &self,
        ids: &BTreeSet<&EnvironmentId>,
    ) -> impl Future<Output = Result<Vec<Environment>>> + Send;
}

/// The environment `id` as `caller` sees it.
pub(crate) async fn visible(
    store: &impl Environments,
    caller: &Caller,
    id: &EnvironmentId,
) -> Result<Environment> {
    store
        .environment(id)
        .await?
        .filter(|environment| caller.may_use_environment(environment))
        .ok_or_else(|| Error::NotFound {
            what: "environment",
            id: id.to_string(),
        })
}

/// The environment `id`, which `caller` wants to change.
pub(crate) async fn changeable(
    store: &impl Environments,
    caller: &Caller,
    id: &EnvironmentId,
) -> Result<Environment> {
    let environment = visible(store, caller, id).await?;
    if caller.may_change_environment(&environment) {
        Ok(environment)
    } else {
        Err(Error::Forbidden(format!(
            "only its team, {}, may change the environment {id}",
            environment.team
        )))
    }
}

/// The invited teams as a request names them: the owning team needs no invitation, and their number is limited.
pub(crate) fn check_invited(
    teams: &[domain::team::TeamName],
    at: &domain::Pointer,
    problems: &mut domain::Problems,
) {
    let most = domain::environment::MAX_INVITED_TEAMS;
    if teams.len() > most {
        problems.add(
            at,
            format!("must hold at most {most} teams, holds {}", teams.len()),
        );
    }
}
