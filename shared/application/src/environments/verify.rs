//! Verifying that the platform can work in an environment.

use domain::{Result, environment::Environment, ids::EnvironmentId, permissions::Caller};
use time::OffsetDateTime;

use crate::{
    access::changeable_environment,
    linked_accounts::bootstrap::{Inspection, Inspector},
    records::{
        CommitEnvironments,
        idempotency::{Answer, Idempotency, replayed},
        retrying,
    },
};

/// Verifies the environment `id` and records the result.
pub async fn verify(
    store: &impl CommitEnvironments,
    inspector: &impl Inspector,
    caller: &Caller,
    id: &EnvironmentId,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Environment> {
    if let Some(answered) = replayed(store, request).await? {
        return Ok(answered);
    }
    retrying(async || {
        let environment = changeable_environment(store, caller, id).await?;
        let Inspection { problems, pipelines } = inspector.inspect(&environment).await?;
        let (verified, transition) = environment.verified(problems, pipelines, now);
        let answer = Answer::to(request, &verified)?;
        store.commit_environment(&transition, answer.as_ref()).await?;
        Ok(verified)
    })
    .await
}
