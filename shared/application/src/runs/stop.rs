//! Stopping a run.

use domain::{
    Error, Pointer, Problems, Result,
    delivery::RunStatus,
    ids::{PipelineId, RunId},
    input::{FromInput, Members},
    permissions::Caller,
    run::StopReason,
    team::Username,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActionStatus, FindRun, Scope};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    linked_accounts::sessions::Session,
    platform::Platform,
    records::{
        EnvironmentsOfPipelines, Pipelines,
        idempotency::{Idempotency, KeepAnswers, once},
    },
};

/// CodePipeline takes so many characters.
const REASON_LENGTH: usize = 200;

/// Stops runs.
pub trait StopRuns: FindRun {
    /// Stops the run `id` of the CodePipeline `name` when its present action has ended, or at once if that is to be abandoned;
    /// false if it has come to its end. A run that is being stopped already is stopped.
    fn stop_run(
        &self,
        session: &Session,
        name: &str,
        id: &RunId,
        reason: &str,
        abandon: bool,
    ) -> impl Future<Output = Result<bool>> + Send;
}

/// A request to stop a run.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct StopRun {
    /// Why.
    pub reason: StopReason,
}

impl FromInput for StopRun {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let reason = members.required("reason", problems);
        members.finish(problems);
        Some(Self { reason: reason? })
    }
}

/// A run that is being stopped.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppedRun {
    /// The run.
    pub run_id: String,
    /// The CodePipeline.
    pub code_pipeline: String,
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &[
        "codepipeline:GetPipelineExecution",
        "codepipeline:ListActionExecutions",
        "codepipeline:StopPipelineExecution",
    ],
}];

/// Stops the run `run` of the pipeline `id`. What it is at runs to its end, so that no deployment is cut in two; an approval
/// that it waits for is given up.
pub async fn stop(
    store: &(impl Pipelines + EnvironmentsOfPipelines + KeepAnswers),
    runs: &impl StopRuns,
    platform: &Platform,
    caller: &Caller,
    (id, run): (&PipelineId, &RunId),
    wanted: StopRun,
    request: Option<&Idempotency>,
) -> Result<StoppedRun> {
    let scope = Scope::of_operator(store, platform, caller, id, CALLS).await?;
    once(store, request, async || {
        let (of, facts) = scope.find(runs, run).await?;
        let ended = || {
            Error::Conflict(format!(
                "the run {run} has come to its end: there is nothing to stop"
            ))
        };
        if facts.status.has_ended() {
            return Err(ended());
        }
        let stopped = StoppedRun {
            run_id: facts.id,
            code_pipeline: of.name,
        };
        if facts.status == RunStatus::Stopping {
            return Ok(stopped);
        }
        let name = &stopped.code_pipeline;
        let explained = |error| scope.session.explain(error);
        let actions = runs.actions(&scope.session, name, run).await.map_err(explained)?;
        let is = |status| move |action: &super::ActionFacts| action.status == status;
        // Waiting for it to end would be waiting for a person.
        let abandon = actions.iter().any(is(ActionStatus::WaitingForApproval))
            && !actions.iter().any(is(ActionStatus::InProgress));
        let reason = told(&wanted.reason, &caller.username);
        let stopping = runs
            .stop_run(&scope.session, name, run, &reason, abandon)
            .await
            .map_err(explained)?;
        if stopping { Ok(stopped) } else { Err(ended()) }
    })
    .await
}

/// The reason with whose it is, as far as CodePipeline takes it.
fn told(reason: &StopReason, user: &Username) -> String {
    let whose = format!(" ({user}, via the platform)");
    let left = REASON_LENGTH.saturating_sub(whose.chars().count());
    let mut told: String = reason.as_str().chars().take(left).collect();
    if told.len() < reason.as_str().len() {
        told.pop();
        told.push('…');
    }
    told + &whose
}
