//! Runs: reading, starting, stopping and trying them again.

use application::{
    linked_accounts::sessions::Session,
    records::listing::no_token,
    runs::{
        ActionFacts, ActionStatus, FindRun, RunFacts, TriggerFacts,
        list::{FoundRuns, ListRuns},
        retry::RetryStages,
        start::StartRuns,
        stop::StopRuns,
    },
};
use aws_clients::code;
use aws_sdk_codepipeline::types::{
    self, ActionCategory, ActionExecutionStatus, PipelineExecutionStatus, StageRetryMode,
};
use domain::{Error, Result, delivery::RunStatus, ids::RunId};
use sts::call;

use crate::{CodePipelines, time};

/// How CodePipeline says that there is no such CodePipeline.
pub(crate) const NO_PIPELINE: &str = "PipelineNotFoundException";
/// How CodePipeline says that there is no such run.
const NO_RUN: &str = "PipelineExecutionNotFoundException";

/// How CodePipeline says that it is at something else with the same CodePipeline.
const BUSY: Error = Error::ConcurrentChange("the CodePipeline");

impl ListRuns for CodePipelines {
    async fn page(
        &self,
        session: &Session,
        name: &str,
        limit: usize,
        token: Option<&str>,
    ) -> Result<FoundRuns> {
        let answer = self
            .client(session)
            .await?
            .list_pipeline_executions()
            .pipeline_name(name)
            .max_results(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_next_token(token.map(str::to_owned))
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                return match code(&error) {
                    Some(NO_PIPELINE) => Ok(FoundRuns::default()),
                    Some("InvalidNextTokenException") => Err(no_token()),
                    // A token of an impossible form.
                    Some("ValidationException") if token.is_some() => Err(no_token()),
                    _ => Err(call("codepipeline:ListPipelineExecutions", session).failed(error)),
                };
            }
        };
        Ok(FoundRuns {
            runs: answer
                .pipeline_execution_summaries()
                .iter()
                .map(summary)
                .collect(),
            next: answer.next_token,
        })
    }
}

impl FindRun for CodePipelines {
    async fn run(&self, session: &Session, name: &str, id: &RunId) -> Result<Option<RunFacts>> {
        let answer = self
            .client(session)
            .await?
            .get_pipeline_execution()
            .pipeline_name(name)
            .pipeline_execution_id(id.as_str())
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.pipeline_execution.map(execution)),
            Err(error) => match code(&error) {
                Some(NO_PIPELINE | NO_RUN) => Ok(None),
                _ => Err(call("codepipeline:GetPipelineExecution", session).failed(error)),
            },
        }
    }

    async fn stop_reason(&self, session: &Session, name: &str, id: &RunId) -> Result<Option<String>> {
        // Only the list tells it.
        let latest = self.page(session, name, 100, None).await?.runs;
        let run = latest.into_iter().find(|run| run.id == id.as_str());
        Ok(run.and_then(|run| run.stop_reason))
    }

    async fn actions(&self, session: &Session, name: &str, id: &RunId) -> Result<Vec<ActionFacts>> {
        let actions = self.actions_of(session, name, id.as_str()).await?;
        Ok(actions.into_iter().map(action).collect())
    }
}

impl StartRuns for CodePipelines {
    async fn start_run(&self, session: &Session, name: &str, token: Option<&str>) -> Result<Option<String>> {
        let answer = self
            .client(session)
            .await?
            .start_pipeline_execution()
            .name(name)
            .set_client_request_token(token.map(str::to_owned))
            .send()
            .await;
        match answer {
            Ok(answer) => answer
                .pipeline_execution_id
                .map(Some)
                .ok_or_else(|| Error::Internal("codepipeline:StartPipelineExecution gave no id".to_owned())),
            Err(error) => match code(&error) {
                Some(NO_PIPELINE) => Ok(None),
                Some("ConflictException") => Err(BUSY),
                Some("ConcurrentPipelineExecutionsLimitExceededException") => Err(Error::Conflict(format!(
                    "the CodePipeline {name} has as many runs under way as AWS allows: start one when another has ended"
                ))),
                _ => Err(call("codepipeline:StartPipelineExecution", session).failed(error)),
            },
        }
    }
}

impl StopRuns for CodePipelines {
    async fn stop_run(
        &self,
        session: &Session,
        name: &str,
        id: &RunId,
        reason: &str,
        abandon: bool,
    ) -> Result<bool> {
        let answer = self
            .client(session)
            .await?
            .stop_pipeline_execution()
            .pipeline_name(name)
            .pipeline_execution_id(id.as_str())
            .reason(reason)
            .abandon(abandon)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match code(&error) {
                Some("DuplicatedStopRequestException") => Ok(true),
                Some("PipelineExecutionNotStoppableException" | NO_PIPELINE) => Ok(false),
                Some("ConflictException") => Err(BUSY),
                _ => Err(call("codepipeline:StopPipelineExecution", session).failed(error)),
            },
        }
    }
}

impl RetryStages for CodePipelines {
    async fn retry(&self, session: &Session, name: &str, stage: &str, run_id: &str) -> Result<bool> {
        let answer = self
            .client(session)
            .await?
            .retry_stage_execution()
            .pipeline_name(name)
            .stage_name(stage)
            .pipeline_execution_id(run_id)
            .retry_mode(StageRetryMode::FailedActions)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match code(&error) {
                Some(
                    "StageNotRetryableException"
                    | "NotLatestPipelineExecutionException"
                    | "StageNotFoundException"
                    | NO_PIPELINE,
                ) => Ok(false),
                Some("ConflictException") => Err(BUSY),
                Some("ConcurrentPipelineExecutionsLimitExceededException") => Err(Error::Conflict(format!(
                    "the CodePipeline {name} has as many runs under way as AWS allows: retry when another has ended"
                ))),
                _ => Err(call("codepipeline:RetryStageExecution", session).failed(error)),
            },
        }
    }
}

fn summary(found: &types::PipelineExecutionSummary) -> RunFacts {
    let revision = found.source_revisions().first();
    RunFacts {
        id: found.pipeline_execution_id().unwrap_or_default().to_owned(),
        status: status(found.status()),
        detail: found.status_summary().map(str::to_owned),
        stop_reason: found
            .stop_trigger()
            .and_then(types::StopExecutionTrigger::reason)
            .map(str::to_owned),
        trigger: trigger(found.trigger()),
        commit_id: revision
            .and_then(types::SourceRevision::revision_id)
            .map(str::to_owned),
        commit_message: revision
            .and_then(types::SourceRevision::revision_summary)
            .map(str::to_owned),
        started_at: found.start_time().and_then(time),
        updated_at: found.last_update_time().and_then(time),
    }
}

fn execution(found: types::PipelineExecution) -> RunFacts {
    let revision = found.artifact_revisions().first();
    RunFacts {
        commit_id: revision
            .and_then(types::ArtifactRevision::revision_id)
            .map(str::to_owned),
        commit_message: revision
            .and_then(types::ArtifactRevision::revision_summary)
            .map(str::to_owned),
        status: status(found.status()),
        trigger: trigger(found.trigger()),
        id: found.pipeline_execution_id.unwrap_or_default(),
        detail: found.status_summary,
        stop_reason: None,
        started_at: None,
        updated_at: None,
    }
}

fn status(status: Option<&PipelineExecutionStatus>) -> RunStatus {
    match status {
        Some(PipelineExecutionStatus::Stopping) => RunStatus::Stopping,
        Some(PipelineExecutionStatus::Stopped) => RunStatus::Stopped,
        Some(PipelineExecutionStatus::Succeeded) => RunStatus::Succeeded,
        Some(PipelineExecutionStatus::Superseded) => RunStatus::Superseded,
        Some(PipelineExecutionStatus::Cancelled) => RunStatus::Cancelled,
        Some(PipelineExecutionStatus::Failed) => RunStatus::Failed,
        // Whatever CodePipeline invents: it has begun and is not known to have ended.
        _ => RunStatus::InProgress,
    }
}

fn trigger(trigger: Option<&types::ExecutionTrigger>) -> TriggerFacts {
    TriggerFacts {
        kind: trigger
            .and_then(types::ExecutionTrigger::trigger_type)
            .map_or_else(String::new, |kind| kind.as_str().to_owned()),
        detail: trigger
            .and_then(types::ExecutionTrigger::trigger_detail)
            .unwrap_or_default()
            .to_owned(),
    }
}

fn action(found: types::ActionExecutionDetail) -> ActionFacts {
    let kind = found
        .input()
        .and_then(types::ActionExecutionInput::action_type_id);
    let asks = kind.is_some_and(|kind| *kind.category() == ActionCategory::Approval);
    let status = match found.status() {
        Some(ActionExecutionStatus::Succeeded) => ActionStatus::Succeeded,
        Some(ActionExecutionStatus::Failed) => ActionStatus::Failed,
        Some(ActionExecutionStatus::Abandoned) => ActionStatus::Stopped,
        _ if asks => ActionStatus::WaitingForApproval,
        _ => ActionStatus::InProgress,
    };
    let provider = kind.map_or("", types::ActionTypeId::provider).to_owned();
    let (started_at, updated_at) = (
        found.start_time().and_then(time),
        found.last_update_time().and_then(time),
    );
    let result = found.output.and_then(|output| output.execution_result);
    let error = result
        .as_ref()
        .and_then(types::ActionExecutionResult::error_details);
    ActionFacts {
        stage: found.stage_name.unwrap_or_default(),
        name: found.action_name.unwrap_or_default(),
        provider,
        status,
        started_at,
        updated_at,
        error_code: error.and_then(types::ErrorDetails::code).map(str::to_owned),
        error_message: error.and_then(types::ErrorDetails::message).map(str::to_owned),
        summary: result
            .as_ref()
            .and_then(|result| result.external_execution_summary.clone()),
        external_id: result
            .as_ref()
            .and_then(|result| result.external_execution_id.clone()),
        url: result.and_then(|result| result.external_execution_url),
    }
}
