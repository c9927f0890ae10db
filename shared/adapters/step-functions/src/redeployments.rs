//! Executions of the state machine that redeploys pipelines.

use application::redeployments::{
    RedeploymentInput, RedeploymentWorkflow,
    cancel::StopExecutions,
    get::{Execution, ExecutionState, PipelineCounts, RedeploymentExecutions},
};
use aws_clients::Call;
use aws_config::SdkConfig;
use aws_sdk_sfn::{
    Client,
    operation::{
        describe_execution::{DescribeExecutionError, DescribeExecutionOutput},
        stop_execution::StopExecutionError,
    },
    types::{ExecutionStatus, MapRunItemCounts},
};
use domain::{Result, deployment::Failure, ids::RedeploymentId, redeployment::Cancellation};
use serde_json::Value;

use crate::{execution_arn, start, time_of};

/// The state machine that redeploys pipelines. An execution's name is its redeployment's id.
#[derive(Clone, Debug)]
pub struct RedeploymentMachine {
    client: Client,
    arn: String,
}

impl RedeploymentMachine {
    /// The state machine `arn` in the platform's own account.
    #[must_use]
    pub fn from_config(config: &SdkConfig, arn: String) -> Self {
        Self {
            client: Client::new(config),
            arn,
        }
    }

    /// The ARN of the execution of the redeployment `id`, whether it is there or not.
    #[must_use]
    pub fn arn(&self, id: &RedeploymentId) -> String {
        execution_arn(&self.arn, id.as_str())
    }

    /// What the execution `arn` has done with its pipelines; none before it has selected them. Pipelines are the items of its
    /// one distributed Map, whose run counts them.
    async fn counts(&self, arn: &str) -> Result<Option<PipelineCounts>> {
        let mut runs = self
            .client
            .list_map_runs()
            .execution_arn(arn)
            .into_paginator()
            .items()
            .send();
        // A Map that was tried again has several.
        let mut newest = None;
        while let Some(run) = runs.next().await {
            let run = run.map_err(|error| Call::own("states:ListMapRuns").failed(error))?;
            newest = newest.max(Some((run.start_date, run.map_run_arn)));
        }
        let Some((_, run)) = newest else { return Ok(None) };
        let run = self
            .client
            .describe_map_run()
            .map_run_arn(run)
            .send()
            .await
            .map_err(|error| Call::own("states:DescribeMapRun").failed(error))?;
        Ok(run.item_counts.as_ref().map(counts_of))
    }
}

fn counts_of(items: &MapRunItemCounts) -> PipelineCounts {
    let count = |items: i64| u64::try_from(items).unwrap_or_default();
    PipelineCounts {
        total: count(items.total),
        succeeded: count(items.succeeded),
        failed: count(items.failed + items.timed_out),
        aborted: count(items.aborted),
    }
}

fn state_of(execution: &DescribeExecutionOutput) -> ExecutionState {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match execution.status {
        ExecutionStatus::Succeeded => ExecutionState::Succeeded,
        ExecutionStatus::Aborted => ExecutionState::Stopped,
        ExecutionStatus::TimedOut => ExecutionState::Failed(Failure {
            error: "States.Timeout".to_owned(),
            cause: "the redeployment took longer than it may: ask for it again to go on".to_owned(),
        }),
        ExecutionStatus::Failed => ExecutionState::Failed(Failure {
            error: text(&execution.error),
            cause: format!(
                "{}. Ask for the redeployment again",
                in_words(&text(&execution.cause))
            ),
        }),
        _ => ExecutionState::Running,
    }
}

/// The cause of a failure: of a function's error, which is JSON, its message.
fn in_words(cause: &str) -> String {
    let told: Option<Value> = serde_json::from_str(cause).ok();
    let message = told.as_ref().and_then(|told| told.get("errorMessage")?.as_str());
    message.unwrap_or(cause).trim_end_matches('.').to_owned()
}

impl RedeploymentWorkflow for RedeploymentMachine {
    async fn start(&self, input: &RedeploymentInput) -> Result<()> {
        start(&self.client, &self.arn, input.redeployment_id.as_str(), input).await
    }
}

impl RedeploymentExecutions for RedeploymentMachine {
    async fn execution(&self, id: &RedeploymentId) -> Result<Option<Execution>> {
        let arn = self.arn(id);
        let described = self.client.describe_execution().execution_arn(&arn).send().await;
        let execution = match described {
            Ok(execution) => execution,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeExecutionError::is_execution_does_not_exist) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(Call::own("states:DescribeExecution").failed(error)),
        };
        Ok(Some(Execution {
            state: state_of(&execution),
            started_at: time_of(execution.start_date)?,
            ended_at: execution.stop_date.map(time_of).transpose()?,
            // Counted after the execution was seen: one that has ended is counted to its end.
            pipelines: self.counts(&arn).await?,
            arn,
        }))
    }
}

impl StopExecutions for RedeploymentMachine {
    async fn stop(&self, id: &RedeploymentId, cancellation: &Cancellation) -> Result<()> {
        let stopped = self
            .client
            .stop_execution()
            .execution_arn(self.arn(id))
            .error("Cancelled")
            .cause(format!("cancelled by {}", cancellation.by))
            .send()
            .await;
        match stopped {
            Ok(_) => Ok(()),
            // It never began: the flag on its record keeps it from doing anything.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(StopExecutionError::is_execution_does_not_exist) =>
            {
                Ok(())
            }
            Err(error) => Err(Call::own("states:StopExecution").failed(error)),
        }
    }
}
