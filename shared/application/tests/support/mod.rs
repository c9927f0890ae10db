//! The records in memory, and a workflow that can refuse to start.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests share it, each uses its part"
)]

use std::sync::Mutex;

use application::{
    deployments::{
        get::History,
        redeploy::Executions,
        start::{Workflow, WorkflowInput},
    },
    environments::link::LinkRules,
    redeployments::{RedeploymentInput, RedeploymentWorkflow},
    step::Step as _,
    workflow::record_outcome::{RecordFailure, RecordOutcomeInput, RecordSuccess, RecordedOutcome},
};
use domain::{
    Error, Result,
    deployment::Step,
    permissions::Caller,
    request::RequestId,
    team::{TeamName, Username},
};
pub use memory::Records;
use time::OffsetDateTime;

/// Rules under which a user may have any number of links that wait for a verification.
pub fn rules() -> LinkRules {
    LinkRules {
        platform_account_id: "000000000000".parse().unwrap(),
        unverified_links: 1_000,
    }
}

/// A workflow that notes what it is to start.
#[derive(Default)]
pub struct Machine {
    pub started: Mutex<Vec<WorkflowInput>>,
    pub refuses: bool,
    pub dead: bool,
}

impl Workflow for Machine {
    async fn start(&self, input: &WorkflowInput) -> Result<()> {
        if self.refuses {
            return Err(Error::ServiceUnavailable {
                operation: "states:StartExecution",
                source: "503".into(),
            });
        }
        let mut started = self.started.lock().unwrap();
        // The same name and input is the same execution.
        if !started.contains(input) {
            started.push(input.clone());
        }
        Ok(())
    }
}

impl Executions for Machine {
    async fn running(&self, _: &WorkflowInput) -> Result<bool> {
        Ok(!self.dead)
    }
}

/// A state machine that redeploys pipelines and notes which redeployments it is to begin.
#[derive(Default)]
pub struct Redeploying {
    pub started: Mutex<Vec<RedeploymentInput>>,
    pub refuses: Mutex<bool>,
}

impl RedeploymentWorkflow for Redeploying {
    async fn start(&self, input: &RedeploymentInput) -> Result<()> {
        if *self.refuses.lock().unwrap() {
            return Err(Error::Throttled {
                operation: "states:StartExecution",
                source: "slow down".into(),
            });
        }
        let mut started = self.started.lock().unwrap();
        if !started.contains(input) {
            started.push(input.clone());
        }
        Ok(())
    }
}

/// A history without events.
pub struct NoHistory;

impl History for NoHistory {
    async fn steps(&self, _: &str) -> Result<Vec<Step>> {
        Ok(Vec::new())
    }
}

/// A caller in `teams`.
pub fn caller(name: &str, teams: &[&str]) -> Caller {
    Caller {
        username: Username::parse(name).unwrap(),
        teams: teams.iter().map(|team| TeamName::parse(*team).unwrap()).collect(),
        request_id: Some(RequestId::parse(format!("request-of-{name}")).unwrap()),
    }
}

/// Records that a deployment ended well.
pub async fn record_success(
    store: &Records,
    workflow: &Machine,
    input: RecordOutcomeInput,
    now: OffsetDateTime,
) -> Result<RecordedOutcome> {
    let step = RecordSuccess {
        store,
        workflow,
        history: &NoHistory,
    };
    step.run(input, now).await
}

/// Records that a deployment ended badly.
pub async fn record_failure(
    store: &Records,
    workflow: &Machine,
    input: RecordOutcomeInput,
    now: OffsetDateTime,
) -> Result<RecordedOutcome> {
    let step = RecordFailure {
        store,
        workflow,
        history: &NoHistory,
    };
    step.run(input, now).await
}
