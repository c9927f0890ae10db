//! The records and the linked accounts.

use std::collections::BTreeSet;

use application::{
    environments::{Environments, EnvironmentsOfPipelines},
    pipelines::Pipelines,
    workflow::{
        accounts::Session,
        bootstrap::InspectAccount,
        prepare::{DeploymentStart, Records},
    },
};
use domain::{
    Error, Result,
    environment::{Environment, EnvironmentId},
    pipeline::{Pipeline, PipelineId},
};

use super::World;

/// How an account looks from outside; one that is not in the world does not let the platform in.
#[derive(Clone, Default)]
pub(crate) struct Account {
    pub(crate) version: Option<String>,
    pub(crate) trust: Option<String>,
}

/// A trust policy as IAM gives it.
pub(crate) fn trust(principals: &serde_json::Value) -> String {
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
         "Condition": {"Null": {"sts:ExternalId": "false"}}},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principals},
    ]});
    percent_encoding::utf8_percent_encode(&policy.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl World {
    fn account(&self, session: &Session) -> Result<Account> {
        let found = self
            .state()
            .accounts
            .get(session.access.account_id.as_str())
            .cloned();
        found.ok_or_else(|| {
            session
                .access
                .not_assumable("User is not authorized to perform: sts:AssumeRole")
        })
    }
}

impl InspectAccount for &World {
    async fn parameter(&self, session: &Session, _: &str) -> Result<Option<String>> {
        self.calls
            .call("GetParameter", || Ok(self.account(session)?.version))
    }

    async fn trust_policy(&self, session: &Session, _: &str) -> Result<Option<String>> {
        self.calls.call("GetRole", || Ok(self.account(session)?.trust))
    }
}

impl Records for &World {
    async fn mark_running(&self, start: &DeploymentStart) -> Result<()> {
        self.calls.call("mark_running", || {
            let mut state = self.state();
            let holder = state
                .pipeline
                .as_ref()
                .and_then(|pipeline| pipeline.active_deployment.clone());
            if holder.as_ref() != Some(&start.deployment_id) {
                return Err(Error::DeploymentSuperseded(start.deployment_id.to_string()));
            }
            if let Some(running) = state
                .deployments
                .iter_mut()
                .find(|running| running.id == start.deployment_id)
            {
                running.execution_arn = Some(start.execution_arn.clone());
                running.started_at = Some(start.started_at);
            }
            state.started = Some(start.clone());
            Ok(())
        })
    }
}

impl Pipelines for &World {
    async fn pipeline(&self, _: &PipelineId) -> Result<Option<Pipeline>> {
        self.calls.call("pipeline", || Ok(self.state().pipeline.clone()))
    }
}

impl Environments for &World {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        self.calls.call("environment", || {
            let state = self.state();
            Ok(state.environments.iter().find(|found| found.id == *id).cloned())
        })
    }
}

impl EnvironmentsOfPipelines for &World {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        self.calls.call("environments", || {
            let state = self.state();
            Ok(state
                .environments
                .iter()
                .filter(|environment| ids.contains(&environment.id))
                .cloned()
                .collect())
        })
    }
}
