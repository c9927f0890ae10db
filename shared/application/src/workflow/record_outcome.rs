//! Recording how a deployment ended: the last step of the workflow.

use std::collections::BTreeMap;

use domain::{
    Error, Result,
    deployment::{Commit, Deployment, Failure, Operation, RunOutcome, StackOutcome},
    environment::DeployedSettings,
    event::Ended,
    ids::{DeploymentId, EnvironmentId, PipelineId},
    pipeline::Pipeline,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::record_deletion::{ExpireHistory, expire_if_deleted};
use crate::{
    deployments::{complete::complete, get::History},
    records::{CommitPipelines, Deployments},
    step::Step,
};

/// Records that `ended` has ended, and with it the deployment of what was asked for meanwhile.
async fn finish(
    store: &impl CommitPipelines,
    ended: &Deployment,
    outcome: &RunOutcome,
    now: OffsetDateTime,
) -> Result<RecordedOutcome> {
    let pipeline = complete(store, ended, outcome, now).await?;
    Ok(RecordedOutcome::of(&pipeline, ended))
}

/// What the last step is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordOutcomeInput {
    pub execution_arn: String,
    /// The state machine's data so far.
    pub state: State,
}

/// The state machine's data: what a failed run has not reached is missing.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub pipeline_id: PipelineId,
    pub deployment_id: DeploymentId,
    /// What `Prepare` said.
    pub plan: Option<Planned>,
    /// What `RenderRepository` said.
    pub rendered: Option<Rendered>,
    /// What `CommitRepository` said.
    pub commit: Option<Commit>,
    /// What the last `DeployStack` or `CheckStack` said.
    pub stack: Option<Stacks>,
    /// What `CloseStages` said.
    pub closed: Option<ClosedStages>,
    /// What was caught.
    pub failure: Option<Caught>,
}

/// What was closed: nothing is said of stages where that failed.
#[derive(Clone, Debug, Deserialize)]
pub struct ClosedStages {
    pub stages: Option<Vec<Value>>,
}

/// What was rendered.
#[derive(Clone, Debug, Deserialize)]
pub struct Rendered {
    /// The stacks to deploy; the CICD stack is the last.
    pub stacks: Vec<RenderedStack>,
}

/// A stack that was rendered.
#[derive(Clone, Debug, Deserialize)]
pub struct RenderedStack {
    pub name: String,
    /// The digest of its template.
    pub digest: Option<String>,
}

/// What was prepared.
#[derive(Clone, Debug, Deserialize)]
pub struct Planned {
    /// The settings of the environments.
    #[serde(default)]
    pub environments: BTreeMap<EnvironmentId, DeployedSettings>,
}

impl State {
    /// The data of an execution of which nothing more is known.
    pub(crate) const fn unknown(pipeline_id: PipelineId, deployment_id: DeploymentId) -> Self {
        Self {
            pipeline_id,
            deployment_id,
            plan: None,
            rendered: None,
            commit: None,
            stack: None,
            closed: None,
            failure: None,
        }
    }

    /// What the run has left for the pipeline's record.
    fn outcome(&self) -> RunOutcome {
        let digest = |stack: &RenderedStack| Some((stack.name.clone(), stack.digest.clone()?));
        let rendered = self.rendered.as_ref();
        RunOutcome {
            stack_id: self.stack_id().map(str::to_owned),
            environments: self.plan.as_ref().map(|plan| plan.environments.clone()),
            stages_closed: self.closed.as_ref().is_some_and(|closed| closed.stages.is_some()),
            templates: rendered.map(|rendered| rendered.stacks.iter().filter_map(digest).collect()),
        }
    }

    /// The CICD stack's ARN, once it is there.
    fn stack_id(&self) -> Option<&str> {
        let cicd = self.rendered.as_ref()?.stacks.last()?;
        let stacks = &self.stack.as_ref()?.stacks;
        stacks
            .iter()
            .find(|stack| stack.name == cicd.name)
            .map(|stack| stack.stack_id.as_str())
    }
}

/// The stacks as the last step that looked at them left them.
#[derive(Clone, Debug, Deserialize)]
pub struct Stacks {
    /// The stacks, support stacks first.
    pub stacks: Vec<StackOutcome>,
}

/// What a `Catch` of the state machine writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Caught {
    /// The error's name.
    pub error: String,
    /// For an error of a function, JSON with `errorMessage`; else text.
    pub cause: Option<String>,
}

/// What the last step answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedOutcome {
    /// How the deployment ended: `SUCCEEDED` or `FAILED`.
    pub status: &'static str,
    /// The error's name, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What went wrong and what to do, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What the workflow announces.
    pub event: Ended,
}

impl RecordedOutcome {
    fn of(pipeline: &Pipeline, ended: &Deployment) -> Self {
        let failure = ended.failure.clone();
        Self {
            status: ended.status.as_str(),
            error: failure.as_ref().map(|failure| failure.error.clone()),
            cause: failure.map(|failure| failure.cause),
            event: Ended::of(pipeline, ended),
        }
    }
}

/// Records that a deployment ended well.
#[derive(Debug)]
pub struct RecordSuccess<'a, S, H> {
    pub store: &'a S,
    /// What the execution did.
    pub history: &'a H,
}

impl<S: CommitPipelines, H: History> Step for RecordSuccess<'_, S, H> {
    const NAME: &'static str = "RecordSuccess";
    type Input = RecordOutcomeInput;
    type Output = RecordedOutcome;

    async fn run(&self, input: RecordOutcomeInput, now: OffsetDateTime) -> Result<RecordedOutcome> {
        let recorded = recorded(self.store, &input.state).await?;
        let ended = outcome(self.history, recorded, &input).await.succeeded(now);
        finish(self.store, &ended, &input.state.outcome(), now).await
    }

    fn ended(recorded: &RecordedOutcome) -> Option<&Ended> {
        Some(&recorded.event)
    }
}

/// Records that a deployment ended badly, in words that its team can act on.
#[derive(Debug)]
pub struct RecordFailure<'a, S, H> {
    pub store: &'a S,
    /// What the execution did.
    pub history: &'a H,
}

impl<S: CommitPipelines + ExpireHistory, H: History> Step for RecordFailure<'_, S, H> {
    const NAME: &'static str = "RecordFailure";
    type Input = RecordOutcomeInput;
    type Output = RecordedOutcome;

    /// What is recorded already stays: the step before may have recorded that all went well, and died before it was through.
    async fn run(&self, input: RecordOutcomeInput, now: OffsetDateTime) -> Result<RecordedOutcome> {
        let recorded = recorded(self.store, &input.state).await?;
        if recorded.status.ended() {
            let id = &input.state.pipeline_id;
            let pipeline = self.store.pipeline(id).await?;
            let pipeline = pipeline.ok_or_else(|| Error::not_found("pipeline", id))?;
            expire_if_deleted(self.store, &pipeline, now).await?;
            return Ok(RecordedOutcome::of(&pipeline, &recorded));
        }
        let run = outcome(self.history, recorded, &input).await;
        let failure = input.state.failure.as_ref().map_or_else(
            || Failure {
                error: "Internal".to_owned(),
                cause: "the workflow failed without naming an error".to_owned(),
            },
            |caught| caught.explained(&run),
        );
        let ended = run.failed(failure, now);
        finish(self.store, &ended, &input.state.outcome(), now).await
    }

    fn ended(recorded: &RecordedOutcome) -> Option<&Ended> {
        Some(&recorded.event)
    }
}

/// The record of the deployment that a run is about.
pub(super) async fn recorded(store: &impl Deployments, state: &State) -> Result<Deployment> {
    let State {
        pipeline_id,
        deployment_id,
        ..
    } = state;
    store
        .deployment(pipeline_id, deployment_id)
        .await?
        .ok_or_else(|| Error::not_found("deployment", deployment_id))
}

/// The deployment with what the run has done.
pub(crate) async fn outcome(
    history: &impl History,
    mut deployment: Deployment,
    input: &RecordOutcomeInput,
) -> Deployment {
    let State { commit, stack, .. } = &input.state;
    deployment.execution_arn = Some(input.execution_arn.clone());
    deployment.commit.clone_from(commit);
    deployment.stacks = stack
        .as_ref()
        .map(|stack| stack.stacks.clone())
        .unwrap_or_default();
    deployment.steps = match history.steps(&input.execution_arn).await {
        // The last step is this one, which still runs.
        Ok(steps) => steps.into_iter().filter(|step| step.ended_at.is_some()).collect(),
        // The outcome matters more than the steps: they stay readable in the console.
        Err(error) => {
            tracing::warn!(error = error.name(), "the steps could not be read: {error}");
            Vec::new()
        }
    };
    deployment
}

impl Caught {
    /// The failure in words that somebody can act on.
    pub(crate) fn explained(&self, run: &Deployment) -> Failure {
        let cause = self.cause.as_deref().unwrap_or_default();
        let message = serde_json::from_str::<Value>(cause)
            .ok()
            .and_then(|cause| cause.get("errorMessage")?.as_str().map(str::to_owned));
        let again = match run.kind {
            Operation::Deploy => {
                "deploy again; if it fails again, the platform's logs of this deployment tell more"
            }
            Operation::Delete => "if it fails again, the platform's logs of this deployment tell more",
        };
        let cause = match (self.error.as_str(), message) {
            // The error speaks to whoever called; here nobody tries again unless the team does.
            ("Throttled" | "ServiceUnavailable" | "ConcurrentChange", Some(message)) => {
                let said = message
                    .trim_end_matches(" in a moment")
                    .trim_end_matches("try again");
                let said = said.trim_end_matches([' ', ':', ';']);
                match run.kind {
                    Operation::Deploy => format!("{said}. {}", run.again()),
                    Operation::Delete => said.to_owned(),
                }
            }
            ("States.Timeout" | "Sandbox.Timedout", _) => format!("a step took longer than it may: {again}"),
            (name, message) if name.starts_with("Lambda.") || name.starts_with("Runtime.") => {
                let detail = message.map(|message| format!(" ({message})")).unwrap_or_default();
                format!("a step of the platform could not run{detail}: {again}")
            }
            (_, Some(message)) => message,
            (name, None) if cause.is_empty() => format!("the step failed with {name}: {again}"),
            (_, None) => cause.to_owned(),
        };
        let cause = match run.kind {
            Operation::Deploy => cause,
            // It resumes: what is gone already counts as deleted.
            Operation::Delete => format!(
                "{cause}. Then delete the pipeline again: DELETE /pipelines/{}?deleteRepository={}",
                run.pipeline_id,
                run.delete_repository.unwrap_or_default()
            ),
        };
        Failure {
            error: self.error.clone(),
            cause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(error: &str, cause: &str) -> String {
        explained_of(error, cause, &run())
    }

    fn explained_of(error: &str, cause: &str, run: &Deployment) -> String {
        Caught {
            error: error.to_owned(),
            cause: Some(cause.to_owned()),
        }
        .explained(run)
        .cause
    }

    fn run() -> Deployment {
        serde_json::from_value(serde_json::json!({
            "id": "01k9v3xv0m0000000000000001", "pipelineId": "k3j9x0ab", "revision": 1, "status": "RUNNING",
            "requestedBy": "alice", "createdAt": "2026-11-22T10:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn a_failed_deletion_says_how_to_resume_it() {
        let told = explained_of("States.Runtime", "no such path", &run().deleting(true));
        assert_eq!(
            told,
            "no such path. Then delete the pipeline again: DELETE /pipelines/k3j9x0ab?deleteRepository=true"
        );
    }

    #[test]
    fn an_error_of_ours_is_told_in_its_own_words() {
        let cause = r#"{"errorType":"StackFailed","errorMessage":"the stack x ended in ROLLBACK_COMPLETE"}"#;
        assert_eq!(
            explained("StackFailed", cause),
            "the stack x ended in ROLLBACK_COMPLETE"
        );
    }

    #[test]
    fn a_crash_says_what_to_do() {
        let cause = r#"{"errorType":"Runtime.ExitError","errorMessage":"exit status 1"}"#;
        let explained = explained("Runtime.ExitError", cause);
        assert!(
            explained.contains("exit status 1") && explained.contains("deploy again"),
            "{explained}"
        );
    }

    #[test]
    fn what_passes_by_itself_says_how_to_ask_again() {
        let error = Error::Throttled {
            operation: "dynamodb:GetItem",
            source: "slow down".into(),
        };
        for error in [error, Error::ConcurrentChange("the pipeline")] {
            let cause = serde_json::json!({"errorMessage": error.to_string()}).to_string();
            let told = explained(error.name(), &cause);
            assert!(!told.contains("try again"), "{told}");
            assert!(
                told.ends_with(". Deploy again: POST /pipelines/k3j9x0ab/deployments"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_cause_that_is_no_json_is_told_as_it_is() {
        assert_eq!(explained("States.Runtime", "no such path"), "no such path");
    }
}
