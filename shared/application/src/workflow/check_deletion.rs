//! `CheckDeletion`: asks CloudFormation how far the deletion of the stacks is.

use domain::{
    Error, Result,
    deployment::{StackAction, StackOutcome},
    ids::DeploymentId,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{
    check_stack::{StackEvents, first_failure},
    delete_stack::{Attempt, DeleteStacks, outcome},
    deletion::{DeletionProgress, DeletionSummary, PlannedStack, StackDeletion},
};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::ReadArtifacts,
    linked_accounts::{
        sessions::Session,
        stacks::{CONCURRENT_STACKS, FoundStack, Phase},
    },
    step::Step,
};

/// A deletion may take so many minutes. The state machine's own limit lies above it.
const MAX_MINUTES: u32 = 60;

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckDeletionInput {
    pub deployment_id: DeploymentId,
    /// What `PrepareDeletion` answered.
    pub deletion: DeletionSummary,
    /// What `DeleteStack` or the last `CheckDeletion` answered.
    pub stack: StackDeletion,
    /// When the execution began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct CheckDeletion<A, S> {
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

impl<A: ReadArtifacts, S: DeleteStacks + StackEvents> Step for CheckDeletion<A, S> {
    const NAME: &'static str = "CheckDeletion";
    type Input = CheckDeletionInput;
    type Output = StackDeletion;

    async fn run(&self, input: CheckDeletionInput, now: OffsetDateTime) -> Result<StackDeletion> {
        let CheckDeletionInput {
            deployment_id,
            deletion,
            stack: StackDeletion { wave, .. },
            started_at,
        } = input;
        let plan = deletion.plan(&self.artifacts).await?;
        let session = plan.session(&deployment_id, CALLS)?;
        let waves = plan.waves();
        let later = waves.len() > wave;
        let stacks = waves.into_iter().take(wave).flatten();
        let checks: Vec<Check> =
            stream::iter(stacks.map(|stack| self.check(&session, &deployment_id, stack)))
                .buffered(CONCURRENT_STACKS)
                .try_collect()
                .await?;
        // What takes longest decides.
        let mut progress = checks
            .iter()
            .map(|check| check.progress)
            .max()
            .unwrap_or(DeletionProgress::Complete);
        if progress == DeletionProgress::Complete && later {
            progress = DeletionProgress::Next;
        }
        if progress != DeletionProgress::Complete && now - started_at >= Duration::minutes(MAX_MINUTES.into())
        {
            let waiting = checks.iter().filter_map(|check| check.seen.as_deref());
            return Err(Error::DeletionTimedOut {
                minutes: MAX_MINUTES,
                last_seen: waiting.collect::<Vec<_>>().join(", "),
            });
        }
        Ok(StackDeletion {
            progress,
            wave,
            stacks: checks.into_iter().map(|check| check.outcome).collect(),
        })
    }
}

impl<A: ReadArtifacts, S: DeleteStacks + StackEvents> CheckDeletion<A, S> {
    async fn check(
        &self,
        session: &Session,
        deployment: &DeploymentId,
        stack: &PlannedStack,
    ) -> Result<Check> {
        let found = self
            .stacks
            .describe(session, &stack.region, &stack.stack_id)
            .await?;
        let Some(found) = found.filter(|found| found.phase() != Phase::Gone) else {
            return Ok(Check {
                progress: DeletionProgress::Complete,
                outcome: outcome(stack, StackAction::Deleted),
                seen: None,
            });
        };
        let progress = if found.phase() == Phase::Busy {
            DeletionProgress::InProgress
        } else if found.status == "DELETE_FAILED" {
            match Attempt::of(&self.stacks, session, stack, deployment).await? {
                Attempt::Another => DeletionProgress::Next,
                Attempt::First => DeletionProgress::Blocked,
                Attempt::Second => return Err(self.failure(session, stack, found).await?),
            }
        } else {
            DeletionProgress::Next
        };
        Ok(Check {
            progress,
            outcome: outcome(stack, StackAction::Deleting),
            seen: Some(format!("stack {} in {}", stack.name, found.status)),
        })
    }

    async fn failure(&self, session: &Session, stack: &PlannedStack, found: FoundStack) -> Result<Error> {
        let events = self
            .stacks
            .last_operation(session, &stack.region, &stack.stack_id)
            .await?;
        let reason = first_failure(&events)
            .or(found.reason)
            .unwrap_or_else(|| "CloudFormation gives no reason; see the stack's events".to_owned());
        Ok(Error::StackNotDeleted {
            stack: stack.name.clone(),
            region: stack.region.to_string(),
            reason,
        })
    }
}

/// How far a stack is.
struct Check {
    progress: DeletionProgress,
    outcome: StackOutcome,
    seen: Option<String>,
}
