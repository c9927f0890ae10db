//! The records of redeployments and their executions in memory, with calls that fail on request.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Mutex,
};

use application::{
    environments::link::link,
    pipelines::create::create,
    records::{Environments, Pipelines, idempotency::Idempotency},
    redeployments::{
        CancelRedeployments, RecordRedeployments, RedeploymentInput, RedeploymentWorkflow, Redeployments,
        cancel::StopExecutions,
        get::{Execution, ExecutionState, PipelineCounts, RedeploymentExecutions},
    },
};
use domain::{
    Result,
    audit::AuditEntry,
    environment::Environment,
    ids::{EnvironmentId, PipelineId, RedeploymentId},
    input,
    permissions::Caller,
    pipeline::Pipeline,
    prefix::Prefix,
    redeployment::{Cancellation, Cause, Redeployment, Target},
    team::Username,
};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    fault::Fault,
    support::{Records, rules},
};

pub(crate) const NOW: OffsetDateTime = time::macros::datetime!(2026-11-22 10:00 UTC);

#[derive(Default)]
pub(crate) struct World {
    /// Pipelines and environments.
    pub(crate) others: Records,
    pub(crate) records: Mutex<BTreeMap<RedeploymentId, Redeployment>>,
    /// What was added to the audit trail.
    pub(crate) audit: Mutex<Vec<AuditEntry>>,
    pub(crate) executions: Mutex<BTreeMap<RedeploymentId, (RedeploymentInput, Execution)>>,
    /// The calls that touch redeployments and their executions.
    calls: Mutex<Vec<&'static str>>,
    /// How the next calls fail, one after the other; none for one that does not.
    faults: Mutex<VecDeque<Option<Fault>>>,
}

impl World {
    pub(crate) fn failing(faults: impl IntoIterator<Item = Option<Fault>>) -> Self {
        let world = Self::default();
        world.fail(faults);
        world
    }

    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        *self.faults.lock().unwrap() = faults.into_iter().collect();
    }

    /// The calls since this was asked last.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn call<T>(&self, operation: &'static str, effect: impl FnOnce() -> T) -> Result<T> {
        self.calls.lock().unwrap().push(operation);
        let fault = self.faults.lock().unwrap().pop_front().flatten();
        match fault {
            None => Ok(effect()),
            Some(fault) => fault.strike(operation, || Ok(effect())),
        }
    }

    /// A redeployment that is recorded and was never started.
    pub(crate) fn recorded(&self, target: Target) -> RedeploymentId {
        let id = RedeploymentId::parse("6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b").unwrap();
        let redeployment = Redeployment {
            id: id.clone(),
            target,
            cause: Cause::Requested,
            requested_by: Username::parse("alice").unwrap(),
            requested_at: NOW,
            teams: None,
            listed_for: BTreeSet::new(),
            cancellation: None,
        };
        self.records.lock().unwrap().insert(id.clone(), redeployment);
        id
    }

    /// A redeployment whose execution is as `change` makes it.
    pub(crate) fn running(&self, target: Target, change: impl FnOnce(&mut Execution)) -> RedeploymentId {
        let id = self.recorded(target);
        let input = RedeploymentInput::from(&self.records.lock().unwrap()[&id]);
        let mut execution = Self::begun(&id);
        change(&mut execution);
        self.executions
            .lock()
            .unwrap()
            .insert(id.clone(), (input, execution));
        id
    }

    fn begun(id: &RedeploymentId) -> Execution {
        Execution {
            arn: format!("arn:aws:states:eu-west-1:000000000000:execution:redeploy:{id}"),
            state: ExecutionState::Running,
            started_at: NOW,
            ended_at: None,
            pipelines: None,
        }
    }

    pub(crate) fn record_of(&self, id: &RedeploymentId) -> Redeployment {
        self.records.lock().unwrap()[id].clone()
    }

    /// An environment of `owner`'s, to which the team marketing is invited, and a pipeline there.
    pub(crate) async fn pipeline(&self, owner: &Caller) -> (Environment, Pipeline) {
        let team = owner.teams.first().unwrap().as_str();
        let wanted = json!({
            "label": "dev", "accountId": "222222222222", "region": "eu-west-1", "team": team,
            "invitedTeams": ["marketing"],
        });
        let environment = link(
            &self.others,
            &rules(),
            owner,
            input::parse(&wanted).unwrap(),
            None,
            NOW,
        )
        .await
        .unwrap();
        let wanted = json!({
            "name": "sales", "team": team, "strategy": "trunk", "cicdEnvironmentId": environment.id.as_str(),
            "stages": [{"name": "dev", "environmentId": environment.id.as_str()}],
        });
        let wanted = input::parse(&wanted).unwrap();
        let pipeline = create(&self.others, &Prefix::default(), owner, wanted, None, NOW)
            .await
            .unwrap();
        (environment, pipeline)
    }
}

/// Counts of pipelines of which so many wait or run.
pub(crate) fn counts(open: u64, succeeded: u64, failed: u64, aborted: u64) -> PipelineCounts {
    PipelineCounts {
        total: open + succeeded + failed + aborted,
        succeeded,
        failed,
        aborted,
    }
}

impl Redeployments for World {
    async fn redeployment(&self, id: &RedeploymentId) -> Result<Option<Redeployment>> {
        self.call("read", || self.records.lock().unwrap().get(id).cloned())
    }
}

impl RecordRedeployments for World {
    async fn record(
        &self,
        redeployment: &Redeployment,
        audit: Option<&AuditEntry>,
        _: Option<&Idempotency>,
    ) -> Result<Redeployment> {
        self.call("record", || {
            self.audit.lock().unwrap().extend(audit.cloned());
            let mut records = self.records.lock().unwrap();
            let record = records.entry(redeployment.id.clone());
            record.or_insert_with(|| redeployment.clone()).clone()
        })
    }
}

impl CancelRedeployments for World {
    async fn cancel(
        &self,
        id: &RedeploymentId,
        cancellation: &Cancellation,
        audit: Option<&AuditEntry>,
    ) -> Result<()> {
        self.call("flag", || {
            let mut records = self.records.lock().unwrap();
            let record = records.get_mut(id).unwrap();
            record.cancellation.get_or_insert_with(|| cancellation.clone());
            self.audit.lock().unwrap().extend(audit.cloned());
        })
    }
}

impl RedeploymentWorkflow for World {
    async fn start(&self, input: &RedeploymentInput) -> Result<()> {
        self.call("start", || {
            let id = &input.redeployment_id;
            let mut executions = self.executions.lock().unwrap();
            let (running, _) = executions
                .entry(id.clone())
                .or_insert_with(|| (input.clone(), Self::begun(id)));
            assert_eq!(running, input, "the same name with another input");
        })
    }
}

impl RedeploymentExecutions for World {
    async fn execution(&self, id: &RedeploymentId) -> Result<Option<Execution>> {
        self.call("describe", || {
            let executions = self.executions.lock().unwrap();
            executions.get(id).map(|(_, execution)| execution.clone())
        })
    }
}

impl StopExecutions for World {
    async fn stop(&self, id: &RedeploymentId, _: &Cancellation) -> Result<()> {
        self.call("stop", || {
            let mut executions = self.executions.lock().unwrap();
            if let Some((_, execution)) = executions.get_mut(id)
                && execution.state == ExecutionState::Running
            {
                execution.state = ExecutionState::Stopped;
                execution.ended_at = Some(NOW);
            }
        })
    }
}

impl Pipelines for World {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        self.others.pipeline(id).await
    }
}

impl Environments for World {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        self.others.environment(id).await
    }
}
