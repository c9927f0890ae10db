//! The CodePipelines of pipelines.

mod approvals;
mod running;
mod runs;
mod transitions;

use application::{
    linked_accounts::sessions::Session,
    pipelines::live_stages::{ActionState, Closed, FindStates, FoundRun, RunCommit, StageState, Status},
    workflow::start_pipelines::StartCodePipelines,
};
use aws_clients::code;
use aws_sdk_codepipeline::{
    Client,
    operation::get_pipeline_state::GetPipelineStateOutput,
    primitives::DateTime,
    types::{self, ActionExecutionStatus, StageExecutionStatus},
};
use domain::{Error, Result, clock};
use sts::{Accounts, call};
use time::OffsetDateTime;

use runs::NO_PIPELINE;

/// The CodePipelines in the linked accounts.
#[derive(Clone, Debug)]
pub struct CodePipelines {
    accounts: Accounts,
}

impl CodePipelines {
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

    /// Each try of each action of the run `run_id` of the CodePipeline `name`.
    async fn actions_of(
        &self,
        session: &Session,
        name: &str,
        run_id: &str,
    ) -> Result<Vec<types::ActionExecutionDetail>> {
        let client = self.client(session).await?;
        let of_run = types::ActionExecutionFilter::builder()
            .pipeline_execution_id(run_id)
            .build();
        let (mut actions, mut next_token) = (Vec::new(), None);
        loop {
            let page = client
                .list_action_executions()
                .pipeline_name(name)
                .filter(of_run.clone())
                .set_next_token(next_token)
                .send()
                .await
                .map_err(|error| call("codepipeline:ListActionExecutions", session).failed(error))?;
            actions.extend(page.action_execution_details.unwrap_or_default());
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(actions);
            }
        }
    }

    /// The state of the CodePipeline `name`, if it is there.
    async fn state_of(&self, session: &Session, name: &str) -> Result<Option<GetPipelineStateOutput>> {
        let client = self.client(session).await?;
        let answer = client.get_pipeline_state().name(name).send().await;
        call("codepipeline:GetPipelineState", session).found(answer, NO_PIPELINE)
    }
}

impl FindStates for CodePipelines {
    async fn state(&self, session: &Session, name: &str) -> Result<Option<Vec<StageState>>> {
        let found = self.state_of(session, name).await?;
        Ok(found.map(|answer| answer.stage_states().iter().map(stage).collect()))
    }

    async fn latest_runs(&self, session: &Session, name: &str) -> Result<Vec<FoundRun>> {
        let client = self.client(session).await?;
        let answer = client
            .list_pipeline_executions()
            .pipeline_name(name)
            .max_results(100)
            .send()
            .await;
        let found = call("codepipeline:ListPipelineExecutions", session).found(answer, NO_PIPELINE)?;
        let Some(answer) = found else {
            return Ok(Vec::new());
        };
        Ok(answer.pipeline_execution_summaries().iter().map(run).collect())
    }

    async fn last_run_through(&self, session: &Session, name: &str, stage: &str) -> Result<Option<FoundRun>> {
        let client = self.client(session).await?;
        let through = types::SucceededInStageFilter::builder().stage_name(stage).build();
        let answer = client
            .list_pipeline_executions()
            .pipeline_name(name)
            .filter(
                types::PipelineExecutionFilter::builder()
                    .succeeded_in_stage(through)
                    .build(),
            )
            .max_results(1)
            .send()
            .await;
        let found = call("codepipeline:ListPipelineExecutions", session).found(answer, NO_PIPELINE)?;
        Ok(found.and_then(|answer| answer.pipeline_execution_summaries().first().map(run)))
    }

    async fn left_at(
        &self,
        session: &Session,
        name: &str,
        run_id: &str,
        stage: &str,
    ) -> Result<Option<OffsetDateTime>> {
        let actions = self.actions_of(session, name, run_id).await?;
        let of_stage = actions.iter().filter(|action| action.stage_name() == Some(stage));
        Ok(of_stage
            .filter_map(|action| action.last_update_time().and_then(time))
            .max())
    }
}

fn run(summary: &types::PipelineExecutionSummary) -> FoundRun {
    let revision = summary.source_revisions().first();
    FoundRun {
        id: summary.pipeline_execution_id().unwrap_or_default().to_owned(),
        started_at: summary.start_time().and_then(time),
        commit: RunCommit {
            commit_id: revision
                .and_then(types::SourceRevision::revision_id)
                .map(str::to_owned),
            message: revision
                .and_then(types::SourceRevision::revision_summary)
                .map(str::to_owned),
        },
    }
}

impl StartCodePipelines for CodePipelines {
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
        inbound: state
            .inbound_executions()
            .iter()
            .map(|execution| execution.pipeline_execution_id().to_owned())
            .collect(),
        closed: state.inbound_transition_state().and_then(closed),
        actions: state.action_states().iter().map(action).collect(),
    }
}

/// What closed the way into a stage; none if it is open.
pub(crate) fn closed(inbound: &types::TransitionState) -> Option<Closed> {
    (!inbound.enabled()).then(|| Closed {
        reason: inbound.disabled_reason().unwrap_or_default().to_owned(),
        since: inbound.last_changed_at().and_then(time),
        by: inbound.last_changed_by().map(str::to_owned),
    })
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
