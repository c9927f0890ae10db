//! Asking for a redeployment: its record is written, then its execution is started. Repeating either is success.

use std::collections::BTreeSet;

use domain::{
    Error, Result,
    environment::Environment,
    permissions::Caller,
    pipeline::Pipeline,
    redeployment::{Cause, Redeployment, Target},
    team::TeamName,
};
use time::OffsetDateTime;

use super::{RecordRedeployments, RedeploymentInput, RedeploymentWorkflow};
use crate::{
    access::accessible,
    access::changeable_environment,
    ids,
    records::{
        Environments, Pipelines,
        idempotency::{Idempotency, KeptAnswers, replayed},
    },
};

/// Records a redeployment that `caller` asks for and starts it.
pub async fn request(
    store: &(impl RecordRedeployments + KeptAnswers + Pipelines + Environments),
    workflow: &impl RedeploymentWorkflow,
    caller: &Caller,
    target: Target,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Redeployment> {
    if let Some(answered) = replayed::<Redeployment>(store, request).await? {
        workflow.start(&RedeploymentInput::from(&answered)).await?;
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
    begin(store, workflow, &redeployment, request).await
}

/// Records `redeployment`, unless one of its id is recorded already, and starts what is recorded; the record. An error
/// means that the caller must ask again: a record alone deploys nothing.
pub async fn begin(
    store: &impl RecordRedeployments,
    workflow: &impl RedeploymentWorkflow,
    redeployment: &Redeployment,
    request: Option<&Idempotency>,
) -> Result<Redeployment> {
    // If one came first, that one counts, whatever this one says.
    tracing::Span::current().record("redeploymentId", redeployment.id.as_str());
    let recorded = store.record(redeployment, request).await?;
    workflow.start(&RedeploymentInput::from(&recorded)).await?;
    Ok(recorded)
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
