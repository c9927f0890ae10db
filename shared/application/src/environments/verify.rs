//! Verifying that the platform can work in an environment.

use domain::{
    Error, Result,
    audit::{Action, AuditEntry, Subject},
    environment::{Environment, EnvironmentProblem},
    ids::EnvironmentId,
    permissions::Caller,
};
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

/// Verifies the environment `id` and records the result. Of several links of an account and region, the first one that is found
/// ready reserves them. The others learn that they are taken only when they have proved, by their role, to hold the account.
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
        let found = inspector.inspect(&environment).await?;
        let pipelines = found.pipelines;
        match record(store, caller, &environment, found, request, now).await {
            Err(Error::Conflict(detail)) => {
                let taken = EnvironmentProblem {
                    code: TAKEN.to_owned(),
                    detail,
                    command: None,
                };
                let found = Inspection {
                    problems: vec![taken],
                    pipelines,
                };
                record(store, caller, &environment, found, request, now).await
            }
            recorded => recorded,
        }
    })
    .await
}

/// The code of the problem that another environment has the account and region.
const TAKEN: &str = "AccountTaken";

async fn record(
    store: &impl CommitEnvironments,
    caller: &Caller,
    environment: &Environment,
    Inspection { problems, pipelines }: Inspection,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Environment> {
    let (verified, transition) = environment.verified(problems, pipelines, now);
    let subject = Subject::Environment(verified.id.clone());
    let entry = AuditEntry::accepted(caller, subject, Action::VerifyEnvironment, now)
        .saying(verified.status.as_str());
    let transition = transition.audited(entry);
    let answer = Answer::to(request, &verified)?;
    store.commit_environment(&transition, answer.as_ref()).await?;
    Ok(verified)
}
