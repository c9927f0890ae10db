//! Reading how far a redeployment is.

use domain::{
    Error, Result, deployment::Failure, ids::RedeploymentId, permissions::Caller, redeployment::Redeployment,
};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::{Redeployments, request::permit};
use crate::records::{Environments, Pipelines};

/// Reads executions of the state machine that redeploys pipelines.
pub trait RedeploymentExecutions: Sync {
    /// How far the execution of the redeployment `id` is; none if it was not started.
    fn execution(&self, id: &RedeploymentId) -> impl Future<Output = Result<Option<Execution>>> + Send;
}

/// An execution of the state machine that redeploys pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub arn: String,
    /// Whether it runs, or how it ended.
    pub state: ExecutionState,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
    /// What it has done with the pipelines, once they are selected.
    pub pipelines: Option<PipelineCounts>,
}

/// Whether an execution runs, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecutionState {
    /// It runs.
    Running,
    /// It ended by itself.
    Succeeded,
    /// It ended with an error.
    Failed(Failure),
    Stopped,
}

/// What an execution has done with the pipelines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PipelineCounts {
    /// How many are selected.
    pub total: u64,
    /// How many are deployed, or had no need to be.
    pub succeeded: u64,
    /// How many could not be deployed.
    pub failed: u64,
    /// How many were given up when the execution was stopped.
    pub aborted: u64,
}

/// A redeployment and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Its record.
    pub redeployment: Redeployment,
    /// How far it is.
    pub progress: Progress,
}

/// How far a redeployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Whether it goes on, or how it ended.
    pub status: RedeploymentStatus,
    /// When its execution began; none if it has not.
    pub started_at: Option<OffsetDateTime>,
    /// When its execution ended.
    pub ended_at: Option<OffsetDateTime>,
    /// How many pipelines are selected; none while they are being selected.
    pub total: Option<u64>,
    /// How many are deployed, or had no need to be.
    pub done: u64,
    /// How many could not be deployed.
    pub failed: u64,
    /// How many will not be deployed because the redeployment was cancelled or failed.
    pub cancelled: u64,
    /// How many are being deployed or wait for it.
    pub remaining: u64,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Its execution, if it was started.
    pub execution_arn: Option<String>,
}

/// Whether a redeployment goes on, or how it ended.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RedeploymentStatus {
    /// Pipelines are being selected or deployed.
    Running,
    /// It has ended, and no pipeline failed.
    Succeeded,
    /// It has ended, and at least one pipeline failed; or it ended by a fault.
    Failed,
    /// It was cancelled before all pipelines had their turn.
    Cancelled,
}

/// How long a record may stand without its execution before that counts as a failure. Both are written within a moment, but the
/// queue gives an event whose handling failed out again several times.
const STARTS_WITHIN: Duration = Duration::minutes(30);

impl Progress {
    /// How far `redeployment` is, seen at `now`, if it has this `execution`.
    #[must_use]
    pub fn of(redeployment: &Redeployment, execution: Option<&Execution>, now: OffsetDateTime) -> Self {
        match execution {
            Some(execution) => Self::of_execution(redeployment, execution),
            None => Self::not_started(redeployment, now),
        }
    }

    /// How far a redeployment is that was recorded a moment ago.
    #[must_use]
    pub const fn recorded() -> Self {
        Self {
            status: RedeploymentStatus::Running,
            started_at: None,
            ended_at: None,
            total: None,
            done: 0,
            failed: 0,
            cancelled: 0,
            remaining: 0,
            failure: None,
            execution_arn: None,
        }
    }

    fn not_started(redeployment: &Redeployment, now: OffsetDateTime) -> Self {
        let waiting = Self::recorded();
        if redeployment.cancellation.is_some() {
            Self {
                status: RedeploymentStatus::Cancelled,
                ..waiting
            }
        } else if now - redeployment.requested_at > STARTS_WITHIN {
            Self {
                status: RedeploymentStatus::Failed,
                failure: Some(Failure::from(&Error::WorkflowNotStarted {
                    reason: "the redeployment is recorded, but nothing runs".to_owned(),
                    again: "Ask for it again".to_owned(),
                })),
                ..waiting
            }
        } else {
            waiting
        }
    }

    fn of_execution(redeployment: &Redeployment, execution: &Execution) -> Self {
        use RedeploymentStatus::{Cancelled, Failed, Running, Succeeded};
        let runs = execution.state == ExecutionState::Running;
        let counts = execution.pipelines.unwrap_or_default();
        let open = counts.total.saturating_sub(counts.succeeded + counts.failed);
        // Once the execution has ended, nobody deploys the rest, whatever the counts call it.
        let cancelled = if runs { counts.aborted.min(open) } else { open };
        let (status, failure) = match &execution.state {
            ExecutionState::Running => (Running, None),
            ExecutionState::Stopped => (Cancelled, None),
            ExecutionState::Failed(failure) => (Failed, Some(failure.clone())),
            // The flag alone ended it before there was anything to stop.
            ExecutionState::Succeeded
                if execution.pipelines.is_none() && redeployment.cancellation.is_some() =>
            {
                (Cancelled, None)
            }
            ExecutionState::Succeeded if counts.failed > 0 => {
                let PipelineCounts { failed, total, .. } = counts;
                let error = Error::PipelinesFailed { failed, total };
                (Failed, Some(Failure::from(&error)))
            }
            ExecutionState::Succeeded if cancelled > 0 => (Cancelled, None),
            ExecutionState::Succeeded => (Succeeded, None),
        };
        Self {
            status,
            started_at: Some(execution.started_at),
            ended_at: execution.ended_at,
            total: execution
                .pipelines
                .map(|counts| counts.total)
                .or_else(|| (!runs).then_some(0)),
            done: counts.succeeded,
            failed: counts.failed,
            cancelled,
            remaining: open - cancelled,
            failure,
            execution_arn: Some(execution.arn.clone()),
        }
    }
}

/// The redeployment `id` as `caller` sees it, and how far it is.
pub async fn get(
    store: &(impl Redeployments + Pipelines + Environments),
    executions: &impl RedeploymentExecutions,
    caller: &Caller,
    id: &RedeploymentId,
    now: OffsetDateTime,
) -> Result<Followed> {
    let redeployment = visible(store, caller, id).await?;
    follow(executions, redeployment, now).await
}

/// How far `redeployment` is.
pub(super) async fn follow(
    executions: &impl RedeploymentExecutions,
    redeployment: Redeployment,
    now: OffsetDateTime,
) -> Result<Followed> {
    let execution = executions.execution(&redeployment.id).await?;
    let progress = Progress::of(&redeployment, execution.as_ref(), now);
    Ok(Followed {
        redeployment,
        progress,
    })
}

/// The redeployment `id`, which who could ask for the same may see and cancel. What it names may be gone: then
/// who finds it in a list still sees it.
pub(super) async fn visible(
    store: &(impl Redeployments + Pipelines + Environments),
    caller: &Caller,
    id: &RedeploymentId,
) -> Result<Redeployment> {
    let hidden = || Error::not_found("redeployment", id);
    let redeployment = store.redeployment(id).await?.ok_or_else(hidden)?;
    if caller.is_admin() || redeployment.listed_for.iter().any(|team| caller.acts_for(team)) {
        return Ok(redeployment);
    }
    match permit(store, caller, &redeployment.target).await {
        Ok(_) => Ok(redeployment),
        Err(Error::NotFound { .. } | Error::Forbidden(_)) => Err(hidden()),
        Err(error) => Err(error),
    }
}
