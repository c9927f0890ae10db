//! Trying a stage's failed actions again.

use domain::{
    Error, Result, consent,
    ids::{PipelineId, StageName},
    permissions::Caller,
};
use serde::{Deserialize, Serialize};

use super::{Scope, not_deployed};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    linked_accounts::sessions::Session,
    pipelines::live_stages::{FindStates, StageState, Status},
    platform::Platform,
    records::{
        EnvironmentsOfPipelines, Pipelines,
        idempotency::{Answer, Idempotency, KeepAnswers, once, replayed},
    },
};

/// Tries stages again.
pub trait RetryStages: Sync {
    /// Tries the failed actions of the run `run_id` in the CodePipeline's stage `stage` again; false if they cannot be tried
    /// again any more.
    fn retry(
        &self,
        session: &Session,
        name: &str,
        stage: &str,
        run_id: &str,
    ) -> impl Future<Output = Result<bool>> + Send;
}

/// What is tried again.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetriedStage {
    /// The run.
    pub run_id: String,
    /// The pipeline's stage.
    pub stage: StageName,
    /// The CodePipeline.
    pub code_pipeline: String,
    /// The CodePipeline's stage that is tried again.
    pub stage_name: String,
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &[
        "codepipeline:GetPipelineState",
        "codepipeline:RetryStageExecution",
    ],
}];

/// Tries again what failed of the pipeline's stage `stage` in the last run that came there: its approval, which asks again, or
/// its deployment. Where none of these has failed, but what comes before all stages (source, build, the pipeline's update of
/// itself), that.
pub async fn retry(
    store: &(impl Pipelines + EnvironmentsOfPipelines + KeepAnswers),
    code_pipelines: &(impl FindStates + RetryStages),
    platform: &Platform,
    caller: &Caller,
    (id, stage): (&PipelineId, &StageName),
    request: Option<&Idempotency>,
) -> Result<RetriedStage> {
    let scope = Scope::of_operator(store, platform, caller, id, CALLS).await?;
    scope.stage(stage)?;
    let intent = request.map(|request| Idempotency {
        operation: format!("{} begun", request.operation),
        ..request.clone()
    });
    once(store, request, async || {
        consent::check(&scope.pipeline, &scope.environments)?;
        let name = scope.code_pipeline(stage).name;
        let session = &scope.session;
        let explained = |error| session.explain(error);
        let states = code_pipelines.state(session, &name).await.map_err(explained)?;
        let states = states.ok_or_else(|| not_deployed(&name))?;
        // The request may have come before, and died after CodePipeline had taken it.
        let begun = replayed::<RetriedStage>(store, intent.as_ref()).await?;
        if let Some(begun) = begun.filter(|begun| is_tried(&states, begun)) {
            return Ok(begun);
        }
        let failed = failed(&scope, &states, stage)?;
        let retried = RetriedStage {
            run_id: failed.execution_id.clone().unwrap_or_default(),
            stage: stage.clone(),
            stage_name: failed.name.clone(),
            code_pipeline: name,
        };
        let RetriedStage {
            run_id,
            stage_name,
            code_pipeline,
            ..
        } = &retried;
        // First: after an outage of the records, the same request has to know what it did.
        if let Some(answer) = Answer::to(intent.as_ref(), &retried)? {
            match store.keep(&answer).await {
                // The same request has begun it before.
                Ok(()) | Err(Error::ConcurrentChange(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let taken = code_pipelines
            .retry(session, code_pipeline, stage_name, run_id)
            .await
            .map_err(explained)?;
        // A try of ours whose answer was lost may have been taken.
        let tried = async || {
            let states = code_pipelines.state(session, code_pipeline).await.map_err(explained)?;
            let goes_on = |state: &StageState| {
                state.name == *stage_name
                    && state.execution_id.as_ref() == Some(run_id)
                    && state.status == Some(Status::InProgress)
            };
            Ok::<_, Error>(states.is_some_and(|states| states.iter().any(goes_on)))
        };
        if taken || tried().await? {
            Ok(retried)
        } else {
            Err(Error::Conflict(format!(
                "CodePipeline does not try {stage_name} of the run {run_id} again: a later run has come there, or the CodePipeline \
                 was changed. Start a new run"
            )))
        }
    })
    .await
}

/// Whether the run that was to be tried again is in its stage and has not failed there, or not any more.
fn is_tried(states: &[StageState], begun: &RetriedStage) -> bool {
    states.iter().any(|state| {
        state.name == begun.stage_name
            && state.execution_id.as_ref() == Some(&begun.run_id)
            && state.status != Some(Status::Failed)
    })
}

/// The stage of the CodePipeline that failed.
fn failed<'s>(scope: &Scope, states: &'s [StageState], stage: &StageName) -> Result<&'s StageState> {
    let strategy = scope.pipeline.strategy;
    let is_failed = |state: &&StageState| state.status == Some(Status::Failed);
    let delivers_any = |state: &&StageState| {
        let mut ours = scope.pipeline.stages.iter();
        ours.any(|stage| strategy.delivers(&state.name, &stage.name))
    };
    let own = states
        .iter()
        .filter(|state| strategy.delivers(&state.name, stage));
    let before_all = states.iter().take_while(|state| !delivers_any(state));
    own.chain(before_all).find(is_failed).ok_or_else(|| {
        let other = states.iter().find(is_failed);
        let hint = other.map_or_else(String::new, |state| format!(". What failed is {}", state.name));
        Error::Conflict(format!("nothing has failed in the stage {stage}{hint}"))
    })
}
