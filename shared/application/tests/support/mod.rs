//! The records in memory, with the conditions that the table checks, and a workflow that can refuse to start.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests share it, each uses its part"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use application::{
    deployments::{
        end::{Ending, Endings},
        get::{Deployments, History},
        redeploy::{self, Executions},
        start::{Workflow, WorkflowInput},
    },
    environments::{Environments, EnvironmentsOfPipelines, change, link, unlink},
    idempotency::{Idempotency, Kept, KeptAnswers, snapshot},
    pipelines::{self, Pipelines, create},
    redeployments::{RedeploymentInput, RedeploymentWorkflow, Redeployments},
};
use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentId, DeploymentStatus, Step},
    environment::{Environment, EnvironmentId},
    permissions::Caller,
    pipeline::{Pipeline, PipelineId, PipelineStatus},
    redeployment::{Redeployment, RedeploymentId},
    request::RequestId,
    team::{TeamName, Username},
};
use serde::Serialize;

/// Records in memory.
#[derive(Default)]
pub struct Records(Mutex<State>);

#[derive(Default)]
pub struct State {
    pub environments: BTreeMap<String, Environment>,
    pub pipelines: BTreeMap<String, Pipeline>,
    pub deployments: BTreeMap<String, Deployment>,
    pub redeployments: BTreeMap<RedeploymentId, Redeployment>,
    pub kept: BTreeMap<(String, String, String), Kept>,
    /// How often something was written.
    pub writes: usize,
    /// The next write happens, but its answer is lost.
    pub lose_next_answer: bool,
    /// What somebody else does to the pipeline just before the next write to it.
    pub change_in_between: Option<fn(&mut Pipeline)>,
}

impl Records {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn keep<T: Serialize>(&mut self, request: Option<&Idempotency>, answer: &T) -> Result<()> {
        let Some(request) = request else { return Ok(()) };
        let key = (
            request.owner.to_string(),
            request.operation.clone(),
            request.key.clone(),
        );
        if self.kept.contains_key(&key) {
            return Err(Error::ConcurrentChange("the request"));
        }
        let kept = Kept {
            fingerprint: request.fingerprint.clone(),
            snapshot: snapshot(answer)?,
        };
        self.kept.insert(key, kept);
        Ok(())
    }

    fn written(&mut self) -> Result<()> {
        self.writes += 1;
        if std::mem::take(&mut self.lose_next_answer) {
            let source = "the connection broke".into();
            return Err(Error::ServiceUnavailable {
                operation: "dynamodb:TransactWriteItems",
                source,
            });
        }
        Ok(())
    }
}

impl KeptAnswers for Records {
    async fn kept(&self, request: &Idempotency) -> Result<Option<Kept>> {
        let key = (
            request.owner.to_string(),
            request.operation.clone(),
            request.key.clone(),
        );
        Ok(self.state().kept.get(&key).cloned())
    }
}

impl Environments for Records {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        Ok(self.state().environments.get(id.as_str()).cloned())
    }
}

impl link::Store for Records {
    async fn link(&self, environment: &Environment, request: Option<&Idempotency>) -> Result<()> {
        let mut state = self.state();
        state.keep(request, environment)?;
        state
            .environments
            .insert(environment.id.to_string(), environment.clone());
        state.written()
    }
}

impl change::Store for Records {
    async fn change(
        &self,
        _: &Environment,
        after: &Environment,
        redeployment: Option<&Redeployment>,
    ) -> Result<()> {
        let mut state = self.state();
        state.environments.insert(after.id.to_string(), after.clone());
        if let Some(redeployment) = redeployment {
            state
                .redeployments
                .insert(redeployment.id.clone(), redeployment.clone());
        }
        state.written()
    }
}

impl Redeployments for Records {
    async fn redeployment(&self, id: &RedeploymentId) -> Result<Option<Redeployment>> {
        Ok(self.state().redeployments.get(id).cloned())
    }
}

impl unlink::Store for Records {
    async fn unlink(&self, environment: &Environment) -> Result<()> {
        let mut state = self.state();
        state.environments.remove(environment.id.as_str());
        state.written()
    }
}

impl Pipelines for Records {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        Ok(self.state().pipelines.get(id.as_str()).cloned())
    }
}

impl EnvironmentsOfPipelines for Records {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        let state = self.state();
        Ok(ids
            .iter()
            .filter_map(|id| state.environments.get(id.as_str()).cloned())
            .collect())
    }
}

impl create::Store for Records {
    async fn create(
        &self,
        pipeline: &Pipeline,
        deployment: &Deployment,
        request: Option<&Idempotency>,
    ) -> Result<()> {
        let mut state = self.state();
        state.keep(request, pipeline)?;
        state.pipelines.insert(pipeline.id.to_string(), pipeline.clone());
        state
            .deployments
            .insert(deployment.id.to_string(), deployment.clone());
        state.written()
    }
}

impl Deployments for Records {
    async fn deployment(&self, _: &PipelineId, id: &DeploymentId) -> Result<Option<Deployment>> {
        Ok(self.state().deployments.get(id.as_str()).cloned())
    }
}

impl redeploy::Store for Records {
    async fn deploy(
        &self,
        before: &Pipeline,
        deployment: &Deployment,
        request: Option<&Idempotency>,
    ) -> Result<()> {
        let mut state = self.state();
        state.keep(request, deployment)?;
        let pipeline = state.pipelines.get_mut(before.id.as_str()).unwrap();
        if (&pipeline.active_deployment, pipeline.status) != (&before.active_deployment, before.status) {
            return Err(Error::ConcurrentChange("the pipeline"));
        }
        pipeline.status = PipelineStatus::Deploying;
        pipeline.active_deployment = Some(deployment.id.clone());
        pipeline.last_deployment = Some(deployment.summary());
        state
            .deployments
            .insert(deployment.id.to_string(), deployment.clone());
        state.written()
    }
}

impl Endings for Records {
    async fn end(&self, ending: &Ending<'_>) -> Result<()> {
        let Ending {
            deployment,
            left,
            next,
            ..
        } = *ending;
        let mut state = self.state();
        if let Some(change) = state.change_in_between.take() {
            change(state.pipelines.get_mut(deployment.pipeline_id.as_str()).unwrap());
        }
        let pipeline = state.pipelines.get_mut(deployment.pipeline_id.as_str()).unwrap();
        let seen = |pipeline: &Pipeline| {
            (
                pipeline.active_deployment.clone(),
                pipeline.revision,
                pipeline.status,
            )
        };
        if seen(pipeline) != seen(ending.pipeline) {
            return Err(Error::ConcurrentChange("the pipeline"));
        }
        let succeeded = deployment.status == DeploymentStatus::Succeeded;
        pipeline.status = if succeeded {
            PipelineStatus::Deployed
        } else {
            PipelineStatus::Failed
        };
        pipeline.active_deployment = None;
        pipeline.last_deployment = Some(deployment.summary());
        if let Some(next) = next {
            pipeline.status = PipelineStatus::Deploying;
            pipeline.active_deployment = Some(next.id.clone());
            pipeline.last_deployment = Some(next.summary());
        }
        if succeeded {
            pipeline.deployed_revision = Some(deployment.revision);
            if let Some(templates) = left.templates() {
                pipeline.deployed_templates = templates;
            }
            if let Some(environments) = left.environments {
                pipeline.deployed_with.clone_from(environments);
            }
        }
        if let Some(stack_id) = left.stack_id {
            pipeline.stack_id = Some(stack_id.to_owned());
        }
        state
            .deployments
            .insert(deployment.id.to_string(), deployment.clone());
        if let Some(next) = next {
            state.deployments.insert(next.id.to_string(), next.clone());
        }
        state.written()
    }
}

impl pipelines::change::Store for Records {
    async fn change(&self, before: &Pipeline, after: &Pipeline, next: Option<&Deployment>) -> Result<()> {
        let mut state = self.state();
        if let Some(change) = state.change_in_between.take() {
            change(state.pipelines.get_mut(before.id.as_str()).unwrap());
        }
        let present = &state.pipelines[before.id.as_str()];
        if (present.revision, &present.active_deployment) != (before.revision, &before.active_deployment) {
            return Err(Error::ConcurrentChange("the pipeline"));
        }
        state.pipelines.insert(after.id.to_string(), after.clone());
        if let Some(next) = next {
            state.deployments.insert(next.id.to_string(), next.clone());
        }
        state.written()
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
