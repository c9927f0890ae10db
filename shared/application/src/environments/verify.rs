//! Verifying that the platform can work in an environment.

use domain::{
    Result,
    environment::{Environment, EnvironmentId, EnvironmentProblem, EnvironmentStatus},
    permissions::Caller,
};
use time::OffsetDateTime;

use super::Environments;
use crate::idempotency::{Idempotency, KeptAnswers, replayed};

/// Writes what a verification found.
pub trait Store: Environments + KeptAnswers {
    /// Writes status, problems and time of the verification of `environment`, and the answer kept for `request`.
    fn verified(
        &self,
        environment: &Environment,
        request: Option<&Idempotency>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Looks at an environment as deployments will.
pub trait Inspector: Sync {
    /// What is wrong with `environment`. An error only if that could not be found out.
    fn inspect(
        &self,
        environment: &Environment,
    ) -> impl Future<Output = Result<Vec<EnvironmentProblem>>> + Send;
}

/// Verifies the environment `id` and records the result.
pub async fn verify(
    store: &impl Store,
    inspector: &impl Inspector,
    caller: &Caller,
    id: &EnvironmentId,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Environment> {
    if let Some(answered) = replayed(store, request).await? {
        return Ok(answered);
    }
    let mut environment = super::changeable(store, caller, id).await?;
    environment.problems = inspector.inspect(&environment).await?;
    environment.status = if environment.problems.is_empty() {
        EnvironmentStatus::Ready
    } else {
        EnvironmentStatus::Failed
    };
    environment.verified_at = Some(now);
    store.verified(&environment, request).await?;
    Ok(environment)
}
