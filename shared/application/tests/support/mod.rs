//! The records in memory, and executions that run or have died.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests share it, each uses its part"
)]

use application::{
    deployments::{get::History, holder::Executions, start::WorkflowInput},
    environments::link::LinkRules,
    step::Step as _,
    workflow::record_outcome::{RecordFailure, RecordOutcomeInput, RecordSuccess, RecordedOutcome},
};
use domain::{
    Result,
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

/// Executions of the workflow: all run, or all have died.
#[derive(Default)]
pub struct Machine {
    pub dead: bool,
}

impl Executions for Machine {
    async fn running(&self, _: &WorkflowInput) -> Result<bool> {
        Ok(!self.dead)
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
        source_address: None,
    }
}

/// Records that a deployment ended well.
pub async fn record_success(
    store: &Records,
    input: RecordOutcomeInput,
    now: OffsetDateTime,
) -> Result<RecordedOutcome> {
    let step = RecordSuccess {
        store,
        history: &NoHistory,
    };
    step.run(input, now).await
}

/// Records that a deployment ended badly.
pub async fn record_failure(
    store: &Records,
    input: RecordOutcomeInput,
    now: OffsetDateTime,
) -> Result<RecordedOutcome> {
    let step = RecordFailure {
        store,
        history: &NoHistory,
    };
    step.run(input, now).await
}
