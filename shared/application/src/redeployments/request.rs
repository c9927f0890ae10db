//! Asking for a redeployment: its record is written, and the [outbox](crate::outbox) starts it. Repeating that is success.

use std::collections::BTreeSet;

use domain::{
    Error, Result,
    audit::{Action, AuditEntry},
    environment::Environment,
    permissions::Caller,
    pipeline::Pipeline,
    redeployment::{Cause, Redeployment, Target},
    team::TeamName,
};
use time::OffsetDateTime;

use super::RecordRedeployments;
use crate::{
    access::accessible,
    access::changeable_environment,
    ids,
    records::{
        Environments, Pipelines,
        idempotency::{Idempotency, KeptAnswers, replayed},
    },
};

/// Records a redeployment that `caller` asks for.
pub async fn request(
    store: &(impl RecordRedeployments + KeptAnswers + Pipelines + Environments),
    caller: &Caller,
    target: Target,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Redeployment> {
    if let Some(answered) = replayed::<Redeployment>(store, request).await? {
        return Ok(answered);
    }
    let listed_for = permit(store, caller, &target).await?;
    let redeployment = Redeployment {
        id: ids::redeployment_id()?,
        target,
        cause: Cause::Requested,
        requested_by: caller.username.clone(),
        requested_at: now,
        teams: (!caller.is_admin()).then(|| caller.teams.clone()),
        listed_for,
        cancellation: None,
    };
    tracing::Span::current().record("redeploymentId", redeployment.id.as_str());
    let audit = entry(caller, Action::RequestRedeployment, &redeployment, now);
    match store.record(&redeployment, audit.as_ref(), request).await {
        Ok(recorded) => Ok(recorded),
        // The same request, sent twice at once, may have been first.
        Err(error) => replayed(store, request).await?.ok_or(error),
    }
}

/// The entry of the audit trail that `caller` asked for `action` on `redeployment`.
pub(super) fn entry(
    caller: &Caller,
    action: Action,
    redeployment: &Redeployment,
    now: OffsetDateTime,
) -> Option<AuditEntry> {
    let subject = redeployment.target.audited_at()?;
    let entry = AuditEntry::accepted(caller, subject, action, now);
    Some(entry.saying(format!("redeployment {}", redeployment.id)))
}

/// Whether `caller` may have `target` deployed again: a pipeline who may access it, the pipelines of an environment who may
/// change it, a strategy's or all pipelines administrators. The teams that may do so, beside administrators.
pub async fn permit(
    store: &(impl Pipelines + Environments),
    caller: &Caller,
    target: &Target,
) -> Result<BTreeSet<TeamName>> {
    match target {
        Target::Pipeline(id) => {
            let Pipeline { team, cicd_team, .. } = accessible(store, caller, id).await?;
            Ok(BTreeSet::from([team, cicd_team]))
        }
        Target::Environment(id) => {
            let Environment { team, .. } = changeable_environment(store, caller, id).await?;
            Ok(BTreeSet::from([team]))
        }
        Target::Strategy(_) | Target::All if caller.is_admin() => Ok(BTreeSet::new()),
        Target::Strategy(_) | Target::All => Err(Error::Forbidden(format!(
            "only {} may deploy a strategy's or all pipelines again: name a pipeline or an environment",
            domain::team::PLATFORM_ADMINS
        ))),
    }
}
