//! `CheckStack`: asks CloudFormation how far the stacks of the wave are.

use domain::{
    Error, Result,
    account::Region,
    deployment::{StackAction, StackOutcome},
    ids::DeploymentId,
    strategy::Strategy,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{plan::PlanSummary, render_repository::Rendered};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::ReadArtifacts,
    linked_accounts::{
        sessions::Session,
        stacks::{CONCURRENT_STACKS, DeployProgress, DescribeStacks, FoundStack, Phase, StackProgress},
    },
    step::Step,
};

/// A deployment may take so many minutes, those included that it waited for a run. The state machine's own limit lies above
/// it.
pub const MAX_MINUTES: u32 = 90;

/// Reads what happened to stacks.
pub trait StackEvents: DescribeStacks {
    /// The events of the last operation on a stack, the oldest first.
    fn last_operation(
        &self,
        session: &Session,
        region: &Region,
        stack_id: &str,
    ) -> impl Future<Output = Result<Vec<StackEvent>>> + Send;
}

/// Something that happened to a resource of a stack, or to the stack itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackEvent {
    /// The resource's logical id.
    pub logical_id: String,
    /// The resource's type; that of the stack itself is `AWS::CloudFormation::Stack`.
    pub resource_type: String,
    /// The resource's status, as CloudFormation names it.
    pub status: String,
    /// Why it has that status.
    pub reason: Option<String>,
}

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckStackInput {
    pub deployment_id: DeploymentId,
    /// What `Prepare` answered.
    pub plan: PlanSummary,
    /// What `RenderRepository` answered.
    pub rendered: Rendered,
    /// What `DeployStack` or the last `CheckStack` answered.
    pub stack: StackProgress,
    /// When the execution began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct CheckStack<A, S> {
    /// The artifacts bucket.
    pub artifacts: A,
    pub stacks: S,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Stacks,
    actions: &[
        "cloudformation:DescribeStacks",
        "cloudformation:DescribeStackEvents",
    ],
}];

impl<A: ReadArtifacts, S: StackEvents> Step for CheckStack<A, S> {
    const NAME: &'static str = "CheckStack";
    type Input = CheckStackInput;
    type Output = StackProgress;

    async fn run(&self, input: CheckStackInput, now: OffsetDateTime) -> Result<StackProgress> {
        let CheckStackInput {
            deployment_id,
            plan,
            rendered,
            stack: StackProgress { wave, stacks, .. },
            started_at,
        } = input;
        let session = plan
            .plan(&self.artifacts)
            .await?
            .cicd_session(&deployment_id, CALLS)?;
        let waves = rendered.waves();
        let current = wave
            .checked_sub(1)
            .and_then(|index| waves.get(index))
            .ok_or_else(|| Error::Internal(format!("there is no wave {wave} of {}", waves.len())))?;
        let checks = stacks
            .iter()
            .filter(|outcome| current.iter().any(|stack| stack.name == outcome.name))
            .map(|outcome| self.check(&session, plan.strategy, outcome));
        let found: Vec<Check> = stream::iter(checks)
            .buffered(CONCURRENT_STACKS)
            .try_collect()
            .await?;

        let waiting: Vec<&str> = found
            .iter()
            .filter_map(|check| match check {
                Check::Waiting(last_seen) => Some(last_seen.as_str()),
                Check::Done | Check::Again => None,
            })
            .collect();
        let progress = if waiting.is_empty() {
            let deploy = wave < waves.len() || found.contains(&Check::Again);
            if deploy {
                DeployProgress::Next
            } else {
                DeployProgress::Complete
            }
        } else if now - started_at >= Duration::minutes(MAX_MINUTES.into()) {
            return Err(Error::DeploymentTimedOut {
                minutes: MAX_MINUTES,
                last_seen: waiting.join(", "),
            });
        } else {
            DeployProgress::InProgress
        };
        Ok(StackProgress {
            progress,
            wave,
            stacks,
        })
    }
}

impl<A: ReadArtifacts, S: StackEvents> CheckStack<A, S> {
    async fn check(&self, session: &Session, strategy: Strategy, outcome: &StackOutcome) -> Result<Check> {
        let StackOutcome {
            name,
            region,
            stack_id,
            action,
        } = outcome;
        let region = Region::parse(region.as_str()).map_err(|detail| {
            Error::Internal(format!("the region {region:?} of the stack {name} {detail}"))
        })?;
        let Some(found) = self.stacks.describe(session, &region, stack_id).await? else {
            return Ok(Check::Again);
        };
        let deleting = *action == StackAction::Deleting;
        match found.phase() {
            Phase::Gone => Ok(Check::Again),
            // The update was undone: the stack works, but not as it was asked for.
            Phase::Usable if *action == StackAction::Updated && found.rolled_back() => {
                Err(self.failure(session, &region, name, found).await?)
            }
            // Something else had to end first; the stack has not been compared yet.
            Phase::Usable if *action == StackAction::Unchanged && !strategy.updates_itself() => {
                Ok(Check::Again)
            }
            Phase::Usable if !deleting => Ok(Check::Done),
            Phase::Broken if deleting && found.status != "DELETE_FAILED" => Ok(Check::waiting(name, &found)),
            Phase::Usable | Phase::Busy => Ok(Check::waiting(name, &found)),
            Phase::Broken | Phase::Stuck => Err(self.failure(session, &region, name, found).await?),
        }
    }

    async fn failure(
        &self,
        session: &Session,
        region: &Region,
        name: &str,
        found: FoundStack,
    ) -> Result<Error> {
        let events = self.stacks.last_operation(session, region, &found.id).await?;
        let reason = first_failure(&events)
            .or(found.reason)
            .unwrap_or_else(|| "CloudFormation gives no reason; see the stack's events".to_owned());
        Ok(Error::StackFailed {
            stack: name.to_owned(),
            region: region.to_string(),
            status: found.status,
            reason,
        })
    }
}

/// How far a stack is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Check {
    /// It is there.
    Done,
    /// It is not there (any more), or not as it should be: `DeployStack` has to look at it again.
    Again,
    /// CloudFormation is at work on it; what was last seen.
    Waiting(String),
}

impl Check {
    fn waiting(name: &str, found: &FoundStack) -> Self {
        Self::Waiting(format!("stack {name} in {}", found.status))
    }
}

/// What failed first in an operation, and why. What CloudFormation cancelled for its sake says nothing.
pub(super) fn first_failure(events: &[StackEvent]) -> Option<String> {
    let failed = || {
        events
            .iter()
            .filter(|event| event.status.ends_with("_FAILED"))
            .filter_map(|event| {
                let reason = event.reason.as_deref()?;
                (!reason.to_lowercase().ends_with("cancelled")).then_some((event, reason))
            })
    };
    let of_a_resource = failed().find(|(event, _)| event.resource_type != "AWS::CloudFormation::Stack");
    let (event, reason) = of_a_resource.or_else(|| failed().next())?;
    Some(format!(
        "{} ({}): {reason}",
        event.logical_id, event.resource_type
    ))
}
