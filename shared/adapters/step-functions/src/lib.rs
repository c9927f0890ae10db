//! The workflow's executions in Step Functions: starting them, and reading what they do.

mod history;
mod redeployments;

pub use redeployments::RedeploymentMachine;

use application::deployments::{
    get::History,
    holder::Executions,
    start::{Workflow, WorkflowInput},
};
use aws_clients::Call;
use aws_config::SdkConfig;
use aws_sdk_sfn::{
    Client,
    operation::{describe_execution::DescribeExecutionError, start_execution::StartExecutionError},
    primitives::DateTime,
    types::ExecutionStatus,
};
use domain::{Error, Result, clock, deployment::Step, names};
use serde::Serialize;
use time::OffsetDateTime;

/// The state machine.
#[derive(Clone, Debug)]
pub struct StateMachine {
    client: Client,
    arn: String,
}

impl StateMachine {
    /// The state machine `arn` in the platform's own account.
    #[must_use]
    pub fn from_config(config: &SdkConfig, arn: String) -> Self {
        Self {
            client: Client::new(config),
            arn,
        }
    }
}

/// Starts the execution `name` of `state_machine` with `input`. That it was started before, running or ended, is success.
async fn start(client: &Client, state_machine: &str, name: &str, input: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string(input).map_err(|error| Error::Internal(error.to_string()))?;
    let started = client
        .start_execution()
        .state_machine_arn(state_machine)
        .name(name)
        .input(json)
        .send()
        .await;
    match started {
        Ok(_) => Ok(()),
        // It ran and has ended.
        Err(error)
            if error
                .as_service_error()
                .is_some_and(StartExecutionError::is_execution_already_exists) =>
        {
            Ok(())
        }
        Err(error) => Err(Call::own("states:StartExecution").failed(error)),
    }
}

/// The ARN of an execution: the state machine's with another resource type, and the execution's name behind it.
fn execution_arn(state_machine: &str, name: &str) -> String {
    format!(
        "{}:{name}",
        state_machine.replacen(":stateMachine:", ":execution:", 1)
    )
}

/// A time that Step Functions tells.
fn time_of(time: DateTime) -> Result<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(time.as_nanos())
        .map(clock::to_millisecond)
        .map_err(|error| Error::Internal(format!("a time of Step Functions' cannot be read: {error}")))
}

/// The name of the execution for `input`: the same input is the same execution.
fn execution_name(input: &WorkflowInput) -> String {
    names::execution(
        &input.pipeline_name,
        &input.pipeline_id,
        input.revision,
        &input.deployment_id,
    )
}

impl Workflow for StateMachine {
    async fn start(&self, input: &WorkflowInput) -> Result<()> {
        start(&self.client, &self.arn, &execution_name(input), input).await
    }
}

impl Executions for StateMachine {
    async fn running(&self, input: &WorkflowInput) -> Result<bool> {
        let described = self
            .client
            .describe_execution()
            .execution_arn(execution_arn(&self.arn, &execution_name(input)))
            .send()
            .await;
        match described {
            Ok(execution) => Ok(matches!(
                execution.status,
                ExecutionStatus::Running | ExecutionStatus::PendingRedrive
            )),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeExecutionError::is_execution_does_not_exist) =>
            {
                Ok(false)
            }
            Err(error) => Err(Call::own("states:DescribeExecution").failed(error)),
        }
    }
}

/// Reads executions; needs no state machine, for their ARNs say all.
#[derive(Clone, Debug)]
pub struct ExecutionHistory {
    client: Client,
}

impl ExecutionHistory {
    /// Executions in the platform's own account.
    #[must_use]
    pub fn from_config(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }
}

impl History for ExecutionHistory {
    async fn steps(&self, execution_arn: &str) -> Result<Vec<Step>> {
        let mut pages = self
            .client
            .get_execution_history()
            .execution_arn(execution_arn)
            .include_execution_data(false)
            .max_results(1000)
            .into_paginator()
            .items()
            .send();
        let mut steps = history::Steps::default();
        while let Some(event) = pages.next().await {
            let event = event.map_err(|error| Call::own("states:GetExecutionHistory").failed(error))?;
            steps.add(&event)?;
        }
        Ok(steps.finish())
    }
}
