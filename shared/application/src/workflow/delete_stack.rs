//! `DeleteStack`: deletes the pipeline's CICD stack, then those of other regions.

use domain::{
    Result,
    account::Region,
    deployment::{StackAction, StackOutcome},
    ids::DeploymentId,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use time::OffsetDateTime;

use super::deletion::{DeletionInput, DeletionProgress, PlannedStack, StackDeletion};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::ReadArtifacts,
    linked_accounts::{
        sessions::Session,
        stacks::{CONCURRENT_STACKS, DescribeStacks, FoundStack, Phase, Request},
    },
    step::Step,
};

/// Deletes CloudFormation stacks in a linked account.
pub trait DeleteStacks: DescribeStacks {
    /// Begins to delete a stack. [`Error::StackProtected`](domain::Error::StackProtected) if it is protected.
    fn begin_deletion(
        &self,
        session: &Session,
        stack: &PlannedStack,
        role_arn: &str,
        token: &str,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The `ClientRequestToken` of the last operation on a stack, if it had one.
    fn last_token(
        &self,
        session: &Session,
        region: &Region,
        stack_id: &str,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// The step with what it works with.
#[derive(Debug)]
pub struct DeleteStack<A, S> {
    /// The artifacts bucket.
    pub artifacts: A,
    pub stacks: S,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[
    Calls {
        on: On::Stacks,
        actions: &[
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DeleteStack",
        ],
    },
    Calls {
        on: On::ExecutionRole,
        actions: &["iam:PassRole"],
    },
];

impl<A: ReadArtifacts, S: DeleteStacks> Step for DeleteStack<A, S> {
    const NAME: &'static str = "DeleteStack";
    type Input = DeletionInput;
    type Output = StackDeletion;

    /// It looks at the stacks and asks for what is missing, whatever was done before.
    async fn run(&self, input: DeletionInput, _: OffsetDateTime) -> Result<StackDeletion> {
        let plan = input.deletion.plan(&self.artifacts).await?;
        let work = StackDeleter {
            stacks: &self.stacks,
            session: plan.session(&input.deployment_id, CALLS)?,
            role_arn: plan.cicd.execution_role_arn(),
            deployment: &input.deployment_id,
        };
        let mut answer = StackDeletion {
            progress: DeletionProgress::Complete,
            wave: 0,
            stacks: Vec::new(),
        };
        for wave in plan.waves() {
            answer.wave += 1;
            let outcomes: Vec<StackOutcome> = stream::iter(wave.into_iter().map(|stack| work.advance(stack)))
                .buffered(CONCURRENT_STACKS)
                .try_collect()
                .await?;
            let gone = outcomes
                .iter()
                .all(|outcome| outcome.action == StackAction::Deleted);
            answer.stacks.extend(outcomes);
            if !gone {
                answer.progress = DeletionProgress::InProgress;
                break;
            }
        }
        Ok(answer)
    }
}

struct StackDeleter<'a, S> {
    stacks: &'a S,
    session: Session,
    role_arn: String,
    deployment: &'a DeploymentId,
}

impl<S: DeleteStacks> StackDeleter<'_, S> {
    /// Asks for what `stack` needs next.
    async fn advance(&self, stack: &PlannedStack) -> Result<StackOutcome> {
        let found = self
            .stacks
            .describe(&self.session, &stack.region, &stack.stack_id)
            .await?;
        let action = match found {
            None => StackAction::Deleted,
            Some(found) => match found.phase() {
                Phase::Gone => StackAction::Deleted,
                Phase::Busy if found.status == "DELETE_IN_PROGRESS" => StackAction::Deleting,
                // It can be deleted when it is done with what it is at.
                Phase::Busy => StackAction::Unchanged,
                Phase::Usable | Phase::Broken | Phase::Stuck => {
                    self.delete(stack, &found).await?;
                    StackAction::Deleting
                }
            },
        };
        Ok(outcome(stack, action))
    }

    async fn delete(&self, stack: &PlannedStack, found: &FoundStack) -> Result<()> {
        let request = if found.status == "DELETE_FAILED" {
            match Attempt::of(self.stacks, &self.session, stack, self.deployment).await? {
                Attempt::Another => Request::Delete,
                Attempt::First => Request::DeleteAgain,
                // `CheckDeletion` reports it.
                Attempt::Second => return Ok(()),
            }
        } else {
            Request::Delete
        };
        self.stacks
            .begin_deletion(
                &self.session,
                stack,
                &self.role_arn,
                &request.token(self.deployment),
            )
            .await
    }
}

/// Which attempt to delete a stack was the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Somebody else's.
    Another,
    /// This deletion's first.
    First,
    /// This deletion's second, which is the last.
    Second,
}

impl Attempt {
    pub(super) async fn of(
        stacks: &impl DeleteStacks,
        session: &Session,
        stack: &PlannedStack,
        deployment: &DeploymentId,
    ) -> Result<Self> {
        let token = stacks.last_token(session, &stack.region, &stack.stack_id).await?;
        Ok(match token {
            Some(token) if token == Request::Delete.token(deployment) => Self::First,
            Some(token) if token == Request::DeleteAgain.token(deployment) => Self::Second,
            _ => Self::Another,
        })
    }
}

pub(super) fn outcome(stack: &PlannedStack, action: StackAction) -> StackOutcome {
    StackOutcome {
        name: stack.name.clone(),
        region: stack.region.to_string(),
        stack_id: stack.stack_id.clone(),
        action,
    }
}
