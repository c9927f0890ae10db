//! Cancelling a redeployment: a flag on its record, which the selection of pipelines reads, then the end of its execution.
//! Deployments that run end by themselves.

use domain::{Result, audit::Action, ids::RedeploymentId, permissions::Caller, redeployment::Cancellation};
use time::OffsetDateTime;

use super::{
    CancelRedeployments,
    get::{Followed, RedeploymentExecutions, RedeploymentStatus, follow, visible},
    request::entry,
};
use crate::records::{Environments, Pipelines};

/// Stops executions of the state machine that redeploys pipelines.
pub trait StopExecutions: RedeploymentExecutions {
    /// Stops the execution of the redeployment `id`. One that has ended or was never started is no error.
    fn stop(
        &self,
        id: &RedeploymentId,
        cancellation: &Cancellation,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Cancels the redeployment `id`; how far it has come. One that has ended stays as it ended.
pub async fn cancel(
    store: &(impl CancelRedeployments + Pipelines + Environments),
    executions: &impl StopExecutions,
    caller: &Caller,
    id: &RedeploymentId,
    now: OffsetDateTime,
) -> Result<Followed> {
    let redeployment = visible(store, caller, id).await?;
    let audit = entry(caller, Action::CancelRedeployment, &redeployment, now);
    let before = follow(executions, redeployment, now).await?;
    let started = before.progress.execution_arn.is_some();
    if started && before.progress.status != RedeploymentStatus::Running {
        return Ok(before);
    }
    let cancellation = Cancellation {
        by: caller.username.clone(),
        at: now,
    };
    // The flag first: an execution that begins only now reads it.
    store.cancel(id, &cancellation, audit.as_ref()).await?;
    executions.stop(id, &cancellation).await?;
    let redeployment = visible(store, caller, id).await?;
    follow(executions, redeployment, now).await
}
