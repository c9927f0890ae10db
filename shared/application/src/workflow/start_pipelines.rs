//! `StartPipelines`: sees to it that each CodePipeline runs once for a deployment.
//!
//! Creating a CodePipeline starts it. For all else there are two ways, of which the strategy tells one. Some are started by
//! the commit, as the CDK makes them; if nothing had to be changed, the deployment was asked for to see them run. Others are
//! not started by what the platform commits: their stack is updated after the commit, which would cancel the run. They are
//! started here, when all is in place.

use domain::{
    Result,
    deployment::{Commit, StackAction},
    ids::DeploymentId,
    names::PipelineNames,
    strategy::CodePipeline,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::plan::PlanSummary;
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::ReadArtifacts,
    linked_accounts::{
        sessions::Session,
        stacks::StackProgress,
        stage_transitions::{StageTransitions, open_stages},
    },
    step::Step,
};

/// Starts CodePipelines in a linked account.
pub trait StartCodePipelines: Sync {
    /// Starts the CodePipeline `name`. The same `token` again is the same start.
    fn start(&self, session: &Session, name: &str, token: &str) -> impl Future<Output = Result<()>> + Send;

    /// When the CodePipeline `name` was created, if it is there.
    fn created_at(
        &self,
        session: &Session,
        name: &str,
    ) -> impl Future<Output = Result<Option<OffsetDateTime>>> + Send;
}

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartPipelinesInput {
    pub deployment_id: DeploymentId,
    /// What `Prepare` answered.
    pub plan: PlanSummary,
    /// What `CommitRepository` answered.
    pub commit: Commit,
    /// What the last `DeployStack` or `CheckStack` answered.
    pub stack: StackProgress,
    /// When the execution began; executions that an older platform began do not tell.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
}

impl StartPipelinesInput {
    /// Whether the deployment did something to a stack that `did` is true of.
    fn stack(&self, did: impl Fn(StackAction) -> bool) -> bool {
        self.stack.stacks.iter().any(|stack| did(stack.action))
    }

    /// Whether all CodePipelines start by themselves.
    fn all_start_by_themselves(&self) -> bool {
        if self.plan.strategy.runs_on_deployment_commits() {
            self.commit.changed || self.stack(|action| action != StackAction::Unchanged)
        } else {
            self.stack(|action| action == StackAction::Created)
        }
    }
}

/// `$.started` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// The CodePipelines that were started, without those that start by themselves.
    pub code_pipelines: Vec<String>,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct StartPipelines<A, P> {
    /// The artifacts bucket.
    pub artifacts: A,
    /// The CodePipelines.
    pub pipelines: P,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &[
        "codepipeline:StartPipelineExecution",
        "codepipeline:GetPipelineState",
        "codepipeline:EnableStageTransition",
    ],
}];

impl<A: ReadArtifacts, P: StageTransitions> StartPipelines<A, P> {
    /// Opens the way into the stages that an earlier deployment has closed: it may go on.
    async fn open_stages(&self, input: &StartPipelinesInput) -> Result<()> {
        let plan = input.plan.plan(&self.artifacts).await?;
        let session = plan.cicd_session(&input.deployment_id, CALLS)?;
        let stages: Vec<_> = plan.blueprint.stages.iter().map(|stage| &stage.name).collect();
        let strategy = plan.blueprint.strategy;
        let names = PipelineNames::from(&plan.blueprint);
        let code_pipelines = strategy.code_pipelines(names, stages.iter().copied());
        open_stages(&self.pipelines, &session, strategy, &code_pipelines, &stages).await
    }
}

impl<A: ReadArtifacts, P: StartCodePipelines + StageTransitions> Step for StartPipelines<A, P> {
    const NAME: &'static str = "StartPipelines";
    type Input = StartPipelinesInput;
    type Output = Started;

    async fn run(&self, input: StartPipelinesInput, _: OffsetDateTime) -> Result<Started> {
        if input.plan.stages_closed {
            self.open_stages(&input).await?;
        }
        let mut started = Vec::new();
        if input.all_start_by_themselves() {
            return Ok(Started {
                code_pipelines: started,
            });
        }
        let plan = input.plan.plan(&self.artifacts).await?;
        let session = plan.cicd_session(&input.deployment_id, CALLS)?;
        let stages = plan.blueprint.stages.iter().map(|stage| &stage.name);
        let names = PipelineNames::from(&plan.blueprint);
        let code_pipelines = plan.blueprint.strategy.code_pipelines(names, stages);
        // An update may have created some, such as that of a new stage.
        let some_may_be_new = input.stack(|action| action == StackAction::Updated);
        for CodePipeline { name, .. } in code_pipelines {
            let created = if some_may_be_new {
                self.pipelines.created_at(&session, &name).await?
            } else {
                None
            };
            if created
                .zip(input.started_at)
                .is_some_and(|(at, begun)| at >= begun)
            {
                continue;
            }
            self.pipelines
                .start(&session, &name, input.deployment_id.as_str())
                .await?;
            started.push(name);
        }
        Ok(Started {
            code_pipelines: started,
        })
    }
}
