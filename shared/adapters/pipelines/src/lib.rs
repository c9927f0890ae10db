//! The CodePipelines of pipelines.

mod running;

use accounts::{Accounts, call};
use application::{
    pipelines::live_stages::{ActionState, CodePipelines, StageState, Status},
    workflow::{accounts::Session, start_pipelines::StartCodePipelines},
};
use aws_clients::code;
use aws_sdk_codepipeline::{
    Client,
    operation::get_pipeline_state::GetPipelineStateOutput,
    primitives::DateTime,
    types::{self, ActionExecutionStatus, StageExecutionStatus},
};
use domain::{Error, Result, clock};
use time::OffsetDateTime;

/// The CodePipelines in the linked accounts.
#[derive(Clone, Debug)]
pub struct Pipelines {
    accounts: Accounts,
}

impl Pipelines {
    /// The CodePipelines in `accounts`.
    #[must_use]
    pub const fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }
    async fn client(&self, session: &Session) -> Result<Client> {
        Ok(Client::new(
            &self.accounts.config(session, &session.access.region).await?,
        ))
    }

    /// The state of the CodePipeline `name`, if it is there.
    async fn state_of(&self, session: &Session, name: &str) -> Result<Option<GetPipelineStateOutput>> {
        let client = self.client(session).await?;
        let answer = client.get_pipeline_state().name(name).send().await;
        call("codepipeline:GetPipelineState", session).found(answer, "PipelineNotFoundException")
    }
}

impl CodePipelines for Pipelines {
    async fn state(&self, session: &Session, name: &str) -> Result<Option<Vec<StageState>>> {
        let found = self.state_of(session, name).await?;
        Ok(found.map(|answer| answer.stage_states().iter().map(stage).collect()))
    }
}

impl StartCodePipelines for Pipelines {
    async fn start(&self, session: &Session, name: &str, token: &str) -> Result<()> {
        let started = self
            .client(session)
            .await?
            .start_pipeline_execution()
            .name(name)
            .client_request_token(token)
            .send()
            .await;
        started.map(drop).map_err(|error| match code(&error) {
            // "The pipeline is busy handling ongoing activities. Try again later", say the service's docs.
            Some("ConflictException") => Error::ConcurrentChange("the CodePipeline"),
            _ => call("codepipeline:StartPipelineExecution", session).failed(error),
        })
    }

    async fn created_at(&self, session: &Session, name: &str) -> Result<Option<OffsetDateTime>> {
        let found = self.state_of(session, name).await?;
        Ok(found.and_then(|answer| answer.created().and_then(time)))
    }
}

fn stage(state: &types::StageState) -> StageState {
    let latest = state.latest_execution();
    StageState {
        name: state.stage_name().unwrap_or_default().to_owned(),
        status: latest.map(|execution| status(execution.status())),
        execution_id: latest.map(|execution| execution.pipeline_execution_id().to_owned()),
        actions: state.action_states().iter().map(action).collect(),
    }
}

fn status(status: &StageExecutionStatus) -> Status {
    match status {
        StageExecutionStatus::Succeeded => Status::Succeeded,
        StageExecutionStatus::Failed => Status::Failed,
        StageExecutionStatus::Stopped | StageExecutionStatus::Stopping | StageExecutionStatus::Cancelled => {
            Status::Stopped
        }
        StageExecutionStatus::Skipped => Status::Skipped,
        // Whatever CodePipeline invents: it has begun and is not known to have ended.
        _ => Status::InProgress,
    }
}

fn action(state: &types::ActionState) -> ActionState {
    let latest = state.latest_execution();
    let status = latest.and_then(types::ActionExecution::status);
    ActionState {
        name: state.action_name().unwrap_or_default().to_owned(),
        failed: status == Some(&ActionExecutionStatus::Failed),
        waits_for_approval: latest.is_some_and(waits_for_approval),
        changed_at: latest
            .and_then(types::ActionExecution::last_status_change)
            .and_then(time),
        summary: latest
            .and_then(types::ActionExecution::summary)
            .map(str::to_owned),
        error: latest
            .and_then(types::ActionExecution::error_details)
            .and_then(types::ErrorDetails::message)
            .map(str::to_owned),
        commit_id: state
            .current_revision()
            .map(|revision| revision.revision_id().to_owned()),
        url: latest
            .and_then(types::ActionExecution::external_execution_url)
            .map(str::to_owned),
    }
}

/// Only an approval has a token, and only while it waits.
fn waits_for_approval(action: &types::ActionExecution) -> bool {
    under_way(action) && action.token().is_some()
}

fn under_way(action: &types::ActionExecution) -> bool {
    action.status() == Some(&ActionExecutionStatus::InProgress)
}

fn time(time: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(time.as_nanos())
        .ok()
        .map(clock::to_millisecond)
}
