//! `StartPipelines`: starts the CodePipelines of a deployment that found everything in place.
//!
//! A commit starts them by itself, and so does creating or updating the stack; a deployment that had nothing to change
//! was asked for to see them run.

use domain::{
    Result,
    deployment::{Commit, DeploymentId, StackAction},
    names::PipelineNames,
    pipeline::PipelineId,
};
use serde::{Deserialize, Serialize};

use super::{
    StepInput, accounts::Session, artifacts::ReadArtifacts, plan::PlanSummary, stacks::StackProgress,
};

/// Starts CodePipelines in a linked account.
pub trait StartCodePipelines: Sync {
    /// Starts the CodePipeline `name`. The same `token` again is the same start.
    fn start(&self, session: &Session, name: &str, token: &str) -> impl Future<Output = Result<()>> + Send;
}

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// What `Prepare` answered.
    pub plan: PlanSummary,
    /// What `CommitRepository` answered.
    pub commit: Commit,
    /// What the last `DeployStack` or `CheckStack` answered.
    pub stack: StackProgress,
}

impl Input {
    /// Whether the deployment changed something, so that the CodePipelines start by themselves.
    fn changed(&self) -> bool {
        self.commit.changed
            || self
                .stack
                .stacks
                .iter()
                .any(|stack| stack.action != StackAction::Unchanged)
    }
}

impl StepInput for Input {
    fn pipeline_id(&self) -> Option<&PipelineId> {
        Some(&self.plan.pipeline_id)
    }

    fn deployment_id(&self) -> Option<&DeploymentId> {
        Some(&self.deployment_id)
    }
}

/// `$.started` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Started {
    /// The CodePipelines that were started; none where a change does that.
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

impl<A: ReadArtifacts, P: StartCodePipelines> StartPipelines<A, P> {
    /// Runs the step.
    pub async fn run(&self, input: Input) -> Result<Started> {
        if input.changed() {
            return Ok(Started {
                code_pipelines: Vec::new(),
            });
        }
        let plan = input.plan.plan(&self.artifacts).await?;
        let session = plan.cicd_session(&input.deployment_id);
        let stages = plan.blueprint.stages.iter().map(|stage| &stage.name);
        let names = PipelineNames::from(&plan.blueprint).code_pipelines(plan.blueprint.strategy, stages);
        for name in &names {
            self.pipelines
                .start(&session, name, input.deployment_id.as_str())
                .await?;
        }
        Ok(Started {
            code_pipelines: names,
        })
    }
}
