//! `DeployStack`: starts what the stacks of the next wave need.
//!
//! It is level-triggered: it looks at the stacks and does what is missing, whatever was done before. Once the stacks of a
//! self-mutating pipeline are there they belong to the repository, whose pipeline updates them itself; updating them from
//! here would undo what the repository's developers added. Other pipelines' stacks are updated where they differ, once none
//! of their CodePipelines is at work.

use domain::{
    Error, Result,
    deployment::{StackAction, StackOutcome},
    ids::DeploymentId,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{
    plan::{Plan, PlanSummary},
    render_repository::{Rendered, RenderedStack},
    running::{self, FindRunning},
};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::ReadArtifacts,
    linked_accounts::{
        sessions::Session,
        stacks::{
            CONCURRENT_STACKS, DeployProgress, FoundStack, Phase, ReadTemplates, Request, StackProgress,
            template_digest,
        },
    },
    step::Step,
};

/// Works on CloudFormation stacks in a linked account.
pub trait ChangeStacks: ReadTemplates {
    /// Begins to create a stack.
    fn create(&self, session: &Session, stack: &NewStack<'_>)
    -> impl Future<Output = Result<Created>> + Send;

    /// Begins to change a stack.
    fn update(&self, session: &Session, stack: &NewStack<'_>)
    -> impl Future<Output = Result<Updated>> + Send;

    /// Begins to delete a stack.
    fn delete(&self, session: &Session, change: &StackChange<'_>) -> impl Future<Output = Result<()>> + Send;

    /// Continues the rollback of an update.
    fn continue_rollback(
        &self,
        session: &Session,
        change: &StackChange<'_>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The `ClientRequestToken` of the last operation on a stack, if it had one.
    fn last_request(
        &self,
        session: &Session,
        stack: &RenderedStack,
        stack_id: &str,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// A stack to be created or changed.
#[derive(Clone, Copy, Debug)]
pub struct NewStack<'a> {
    /// Name and region.
    pub stack: &'a RenderedStack,
    pub template: &'a str,
    /// The role with which CloudFormation works on it.
    pub role_arn: &'a str,
    /// Where a template goes that is too long to be sent along: the bucket of the CDK bootstrap.
    pub bucket: &'a str,
    /// The request's token.
    pub token: &'a str,
}

/// What came of creating a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// CloudFormation has begun; the stack's id.
    Begun(String),
    /// A stack of that name is there: somebody else's, or the answer to an earlier try was lost.
    Exists,
}

/// What came of changing a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// CloudFormation has begun.
    Begun,
    /// It is as it should be.
    NothingToDo,
}

/// A stack to be worked on.
#[derive(Clone, Copy, Debug)]
pub struct StackChange<'a> {
    /// Name and region.
    pub stack: &'a RenderedStack,
    /// Its id: another stack of the same name is not meant.
    pub stack_id: &'a str,
    /// The role with which CloudFormation works on it.
    pub role_arn: &'a str,
    /// The request's token.
    pub token: &'a str,
}

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployStackInput {
    pub deployment_id: DeploymentId,
    /// What `Prepare` answered.
    pub plan: PlanSummary,
    /// What `RenderRepository` answered.
    pub rendered: Rendered,
    /// When the execution began; executions that an older platform began do not tell.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct DeployStack<A, S, R> {
    /// The artifacts bucket.
    pub artifacts: A,
    pub stacks: S,
    /// What their CodePipelines are doing.
    pub running: R,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[
    Calls {
        on: On::Stacks,
        actions: &[
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:GetTemplate",
            "cloudformation:CreateStack",
            "cloudformation:UpdateStack",
            "cloudformation:DeleteStack",
            "cloudformation:ContinueUpdateRollback",
        ],
    },
    Calls {
        on: On::ExecutionRole,
        actions: &["iam:PassRole"],
    },
    Calls {
        on: On::Templates,
        actions: &["s3:PutObject", "s3:GetObject"],
    },
    Calls {
        on: On::TemplateKeys,
        actions: &["kms:GenerateDataKey", "kms:Decrypt"],
    },
    Calls {
        on: On::BootstrapVersion,
        actions: &["ssm:GetParameters"],
    },
    Calls {
        on: On::CodePipelines,
        actions: &["codepipeline:GetPipelineState"],
    },
];

impl<A: ReadArtifacts, S: ChangeStacks, R: FindRunning> Step for DeployStack<A, S, R> {
    const NAME: &'static str = "DeployStack";
    type Input = DeployStackInput;
    type Output = StackProgress;

    async fn run(&self, input: DeployStackInput, now: OffsetDateTime) -> Result<StackProgress> {
        let plan = input.plan.plan(&self.artifacts).await?;
        let work = StackDeployer {
            step: self,
            input: &input,
            session: plan.cicd_session(&input.deployment_id, CALLS)?,
            // That of the pipeline's own region, for support stacks, too: the account's owner deploys it once. A stack that was made
            // with another role is handed on to this one by its next update.
            role_arn: plan.cicd.execution_role_arn(),
            plan: &plan,
            now,
        };
        let mut stacks = Vec::new();
        let mut last = 0;
        for (index, wave) in input.rendered.waves().into_iter().enumerate() {
            last = index + 1;
            let states: Vec<(StackOutcome, Next)> =
                stream::iter(wave.iter().map(|stack| work.advance(stack)))
                    .buffered(CONCURRENT_STACKS)
                    .try_collect()
                    .await?;
            let next = states.iter().map(|(_, next)| *next).max();
            stacks.extend(states.into_iter().map(|(outcome, _)| outcome));
            let progress = match next {
                Some(Next::AwaitStack) => DeployProgress::InProgress,
                Some(Next::AwaitRun) => DeployProgress::WaitingForRun,
                Some(Next::Nothing) | None => continue,
            };
            return Ok(StackProgress {
                progress,
                wave: last,
                stacks,
            });
        }
        Ok(StackProgress {
            progress: DeployProgress::Complete,
            wave: last,
            stacks,
        })
    }
}

/// What is left to do for a stack once it was looked at. Of several stacks the last in this order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Nothing,
    /// To look again: a CodePipeline is at work, and the stack is to be updated afterwards.
    AwaitRun,
    /// To wait for CloudFormation.
    AwaitStack,
}

struct StackDeployer<'a, A, S, R> {
    step: &'a DeployStack<A, S, R>,
    input: &'a DeployStackInput,
    plan: &'a Plan,
    session: Session,
    role_arn: String,
    now: OffsetDateTime,
}

impl<A: ReadArtifacts, S: ChangeStacks, R: FindRunning> StackDeployer<'_, A, S, R> {
    /// Does what `stack` needs next; says what is being done, and what is left to do.
    async fn advance(&self, stack: &RenderedStack) -> Result<(StackOutcome, Next)> {
        let Some(found) = self
            .step
            .stacks
            .describe(&self.session, &stack.region, &stack.name)
            .await?
        else {
            return self.create(stack).await;
        };
        self.require_ours(stack, &found)?;
        let (action, next) = match found.phase() {
            Phase::Usable => self.keep(stack, &found).await?,
            Phase::Gone => return self.create(stack).await,
            Phase::Busy if self.updates() && self.asked(stack, &found, Request::Update).await? => {
                (StackAction::Updated, Next::AwaitStack)
            }
            Phase::Busy => (being_done(&found), Next::AwaitStack),
            Phase::Broken => (self.delete(stack, &found).await?, Next::AwaitStack),
            Phase::Stuck => {
                if !self.asked(stack, &found, Request::ContinueRollback).await? {
                    let token = self.token(Request::ContinueRollback);
                    let change = self.change(stack, &found, &token);
                    self.step.stacks.continue_rollback(&self.session, &change).await?;
                }
                (StackAction::Unchanged, Next::AwaitStack)
            }
        };
        Ok((outcome(stack, found.id, action), next))
    }

    /// Whether stacks that are there are the platform's to change.
    fn updates(&self) -> bool {
        !self.plan.blueprint.strategy.updates_itself()
    }

    /// Brings a stack that works up to date, if it is the platform's to change.
    async fn keep(&self, stack: &RenderedStack, found: &FoundStack) -> Result<(StackAction, Next)> {
        let stacks = &self.step.stacks;
        let last = stacks.last_request(&self.session, stack, &found.id).await?;
        if last.as_deref() == Some(&self.token(Request::Create)) {
            return Ok((StackAction::Created, Next::Nothing));
        }
        if !self.updates() {
            return Ok((StackAction::Unchanged, Next::Nothing));
        }
        let token = self.token(Request::Update);
        if last.as_deref() == Some(&token) {
            // What was rolled back is left for `CheckStack` to report.
            let next = if found.rolled_back() {
                Next::AwaitStack
            } else {
                Next::Nothing
            };
            return Ok((StackAction::Updated, next));
        }
        let wanted = self.wanted_template(stack).await?;
        let present = stacks.template(&self.session, &stack.region, &found.id).await?;
        if same_document(&present, &wanted) {
            return Ok((StackAction::Unchanged, Next::Nothing));
        }
        if self.must_await_run(&present, &wanted).await? {
            return Ok((StackAction::Unchanged, Next::AwaitRun));
        }
        let change = NewStack {
            stack,
            template: &wanted,
            role_arn: &self.role_arn,
            bucket: &self.plan.blueprint.cicd.bootstrap_bucket(),
            token: &token,
        };
        Ok(match stacks.update(&self.session, &change).await? {
            Updated::Begun => (StackAction::Updated, Next::AwaitStack),
            Updated::NothingToDo => (StackAction::Unchanged, Next::Nothing),
        })
    }

    /// Whether a CodePipeline of a stack is at work that an update from `present` to `wanted` would cut off. An error if that
    /// has been so for too long.
    ///
    /// A run that begins between this look and the update is cut off all the same. CodePipeline offers no lock; the time is
    /// short, and a run begins with reading the repository, which nothing suffers from.
    async fn must_await_run(&self, present: &str, wanted: &str) -> Result<bool> {
        // What differs in letters alone that CloudFormation does not tell is no part of a CodePipeline's definition, and
        // most often does not differ at all.
        if template_digest(present) == template_digest(wanted) {
            return Ok(false);
        }
        for name in running::code_pipelines(present) {
            if let Some(action) = self.step.running.under_way(&self.session, &name).await? {
                let since = self.input.started_at.map(|at| self.now - at);
                if since.is_some_and(|since| since >= Duration::minutes(running::MAX_MINUTES.into())) {
                    return Err(action.too_long(&self.input.plan.pipeline_id, &name));
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn wanted_template(&self, stack: &RenderedStack) -> Result<String> {
        let key = self.input.plan.artifacts_prefix.template(&stack.name);
        String::from_utf8(self.step.artifacts.get(&key).await?)
            .map_err(|error| Error::Internal(format!("{key}: {error}")))
    }

    async fn create(&self, stack: &RenderedStack) -> Result<(StackOutcome, Next)> {
        let new = NewStack {
            stack,
            template: &self.wanted_template(stack).await?,
            role_arn: &self.role_arn,
            bucket: &self.plan.blueprint.cicd.bootstrap_bucket(),
            token: &self.token(Request::Create),
        };
        match self.step.stacks.create(&self.session, &new).await? {
            Created::Begun(id) => Ok((outcome(stack, id, StackAction::Created), Next::AwaitStack)),
            // The next try sees it.
            Created::Exists => Err(Error::ConcurrentChange("the stack")),
        }
    }

    /// Deletes a stack that was never completed. What this very deployment failed to create or to delete is left for
    /// `CheckStack` to report.
    async fn delete(&self, stack: &RenderedStack, found: &FoundStack) -> Result<StackAction> {
        let last = self
            .step
            .stacks
            .last_request(&self.session, stack, &found.id)
            .await?;
        if last.as_deref() == Some(&self.token(Request::Create)) {
            return Ok(StackAction::Created);
        }
        let token = self.token(Request::Delete);
        if last.as_deref() != Some(&token) {
            self.step
                .stacks
                .delete(&self.session, &self.change(stack, found, &token))
                .await?;
        }
        Ok(StackAction::Deleting)
    }

    /// Whether the last operation on the stack was a request of this deployment.
    async fn asked(&self, stack: &RenderedStack, found: &FoundStack, request: Request) -> Result<bool> {
        let last = self
            .step
            .stacks
            .last_request(&self.session, stack, &found.id)
            .await?;
        Ok(last == Some(self.token(request)))
    }

    /// A stack cannot have tags of the platform's own: the CDK would find them missing in the repository and take them off. But the
    /// platform, like the CDK, always has CloudFormation work with a role that is known.
    fn require_ours(&self, stack: &RenderedStack, found: &FoundStack) -> Result<()> {
        if found.made_for_pipelines(&self.plan.cicd) {
            Ok(())
        } else {
            Err(Error::StackNotOurs(stack.name.clone()))
        }
    }

    fn token(&self, request: Request) -> String {
        request.token(&self.input.deployment_id)
    }

    fn change<'c>(
        &'c self,
        stack: &'c RenderedStack,
        found: &'c FoundStack,
        token: &'c str,
    ) -> StackChange<'c> {
        StackChange {
            stack,
            stack_id: &found.id,
            role_arn: &self.role_arn,
            token,
        }
    }
}

/// Whether two templates say the same, however they are written. `CloudFormation` tells a template with `?` for what is not
/// ASCII: such a one never is the same, and an update that changes nothing is asked for, which `CloudFormation` notices.
fn same_document(one: &str, other: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || parse(one).is_some_and(|one| Some(one) == parse(other))
}

/// What CloudFormation is doing with a stack, in the words of the record.
fn being_done(found: &FoundStack) -> StackAction {
    match found.status.as_str() {
        "DELETE_IN_PROGRESS" => StackAction::Deleting,
        "CREATE_IN_PROGRESS" | "ROLLBACK_IN_PROGRESS" => StackAction::Created,
        _ => StackAction::Unchanged,
    }
}

fn outcome(stack: &RenderedStack, stack_id: String, action: StackAction) -> StackOutcome {
    StackOutcome {
        name: stack.name.clone(),
        region: stack.region.to_string(),
        stack_id,
        action,
    }
}
