//! `RequestDeployment`: decides whether a pipeline that a redeployment means is to be deployed; if so, records the deployment,
//! for the next state to start and follow.
//!
//! It is level-triggered: it compares what should be deployed with what is, whatever else was asked for and however late this
//! comes. The deployment's id follows from the redeployment and the pipeline, so that a try that comes again finds what an
//! earlier one recorded.

use domain::{
    Error, Result, consent,
    deployment::{Deployment, DeploymentStatus, StackOutcome},
    environment::Environment,
    ids::{PipelineId, RedeploymentId},
    lifecycle::{self, Holder},
    names,
    pipeline::{Pipeline, PipelineStatus},
    redeployment::Cause,
    request::RequestId,
    team::Username,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    deployments::{
        holder::{Executions, holder},
        start::WorkflowInput,
    },
    ids,
    records::{CommitPipelines, EnvironmentsOfPipelines},
    step::Step,
};

/// The input of the steps that work on one of a redeployment's pipelines.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestDeploymentInput {
    pub redeployment_id: RedeploymentId,
    /// Why pipelines are deployed again.
    pub cause: Cause,
    /// Who or what asked for it.
    pub requested_by: Username,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    pub pipeline_id: PipelineId,
}

/// What is to be done with a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// Its deployment is recorded: start and follow it.
    Deploy,
    /// Another deployment is under way: decide when it has ended.
    Wait,
    /// It is as its record says it should be: look whether the record is right.
    CheckDrift,
    Nothing,
}

/// `$.request` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// What is to be done.
    pub action: Action,
    /// Why, for people who look at the console.
    pub why: String,
    /// The name of the execution of the workflow, if the pipeline is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<WorkflowInput>,
}

impl Decision {
    fn new(action: Action, why: impl Into<String>) -> Self {
        Self {
            action,
            why: why.into(),
            execution_name: None,
            input: None,
        }
    }

    /// To follow the execution for `input`.
    fn deploy(why: impl Into<String>, input: WorkflowInput) -> Self {
        Self {
            execution_name: Some(names::execution(
                &input.pipeline_name,
                &input.pipeline_id,
                input.revision,
                &input.deployment_id,
            )),
            input: Some(input),
            ..Self::new(Action::Deploy, why)
        }
    }
}

/// What a decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub pipeline: &'a Pipeline,
    /// The deployment of somebody else that has the pipeline now and whose execution runs.
    pub under_way: Option<&'a Deployment>,
    /// The environments that the pipeline uses, where the cause asks for them.
    pub environments: &'a [Environment],
    /// The stacks of the last deployment, where the cause asks for them.
    pub stacks: &'a [StackOutcome],
}

/// Whether the present revision is deployed as it should be.
enum Deployed {
    AsWanted,
    Otherwise,
    /// The revision is, but with which settings was not written down.
    Unknown,
}

impl Facts<'_> {
    fn deployed(&self) -> Deployed {
        let Pipeline {
            revision,
            deployed_revision,
            deployed_with,
            ..
        } = self.pipeline;
        let as_wanted = |environment: &Environment| {
            deployed_with.get(&environment.id) == Some(&environment.deployed_settings())
        };
        if deployed_revision.as_ref() != Some(revision) {
            Deployed::Otherwise
        } else if deployed_with.is_empty() {
            Deployed::Unknown
        } else if self.environments.iter().all(as_wanted) {
            Deployed::AsWanted
        } else {
            Deployed::Otherwise
        }
    }

    /// Whether the owners of one of its environments do not let the pipeline use it.
    fn is_refused(&self) -> bool {
        let by_id = |environment: &Environment| (environment.id.clone(), environment.clone());
        let environments = self.environments.iter().map(by_id).collect();
        !consent::withdrawals(self.pipeline, &environments).is_empty()
    }

    /// Whether the pipeline counts on the stack `id`.
    fn needs(&self, id: &str) -> bool {
        self.pipeline.stack_id.as_deref() == Some(id) || self.stacks.iter().any(|stack| stack.stack_id == id)
    }
}

/// What is to be done for `cause`, and why.
#[must_use]
pub fn decide(cause: &Cause, facts: &Facts<'_>) -> (Action, &'static str) {
    let Facts {
        pipeline, under_way, ..
    } = facts;
    if matches!(
        pipeline.status,
        PipelineStatus::Deleting | PipelineStatus::Deleted
    ) {
        return (Action::Nothing, GONE);
    }
    if let Some(present) = under_way {
        return if *cause == Cause::Requested && present.revision == pipeline.revision {
            (Action::Nothing, "this revision is being deployed already")
        } else {
            (Action::Wait, "another deployment is under way")
        };
    }
    match cause {
        Cause::Requested => (Action::Deploy, "it was asked for"),
        Cause::Drifted { .. } => (Action::Deploy, "it is not as it was deployed"),
        Cause::InSync => (Action::Nothing, "it is as it was deployed"),
        Cause::EnvironmentChanged { .. } | Cause::Scheduled if facts.is_refused() => {
            if pipeline.stages_closed {
                (
                    Action::Nothing,
                    "it may not use one of its environments, and the stages there are closed",
                )
            } else {
                (
                    Action::Deploy,
                    "it may not use one of its environments any more: the stages there are to be closed",
                )
            }
        }
        Cause::EnvironmentChanged { .. } | Cause::Scheduled if pipeline.stages_closed => (
            Action::Deploy,
            "stages of it are closed that it may use: they are to be opened",
        ),
        Cause::EnvironmentChanged { .. } => match facts.deployed() {
            Deployed::AsWanted => (Action::Nothing, "it is deployed with the present settings"),
            Deployed::Otherwise | Deployed::Unknown => {
                (Action::Deploy, "it is not deployed with the present settings")
            }
        },
        Cause::Scheduled => match facts.deployed() {
            Deployed::Otherwise => (Action::Deploy, "it is out of date"),
            Deployed::AsWanted | Deployed::Unknown => {
                (Action::CheckDrift, "its record says that it is up to date")
            }
        },
        Cause::StackDeleted { stack_id, account_id } => {
            if *account_id == pipeline.cicd_account_id && facts.needs(stack_id) {
                (Action::Deploy, "its stack was deleted")
            } else {
                (Action::Nothing, "the deleted stack was not in use by it")
            }
        }
    }
}

const GONE: &str = "it is gone or being deleted";

/// The step with what it works with.
#[derive(Debug)]
pub struct RequestDeployment<'a, R, E> {
    pub records: &'a R,
    pub executions: &'a E,
}

impl<R: CommitPipelines + EnvironmentsOfPipelines, E: Executions> Step for RequestDeployment<'_, R, E> {
    const NAME: &'static str = "RequestDeployment";
    type Input = RequestDeploymentInput;
    type Output = Decision;

    /// [`Error::DeploymentFailed`] if the deployment that an earlier try recorded has ended badly.
    async fn run(&self, input: RequestDeploymentInput, now: OffsetDateTime) -> Result<Decision> {
        let id = ids::deployment_id_for(&input.redeployment_id, &input.pipeline_id, input.requested_at)?;
        // Known before there is one: the lines of the tries that wait belong to it, too.
        tracing::Span::current().record("deploymentId", id.as_str());
        let own = self.records.deployment(&input.pipeline_id, &id).await?;
        let Some(pipeline) = self.records.pipeline(&input.pipeline_id).await? else {
            return Ok(Decision::new(Action::Nothing, GONE));
        };
        if let Some(own) = own {
            return self.resume(&pipeline, own).await;
        }
        if pipeline.active_deployment.as_ref() == Some(&id) {
            // Another try, at the same time, has just recorded it.
            return Err(Error::ConcurrentChange("the pipeline"));
        }
        let holder = holder(self.records, self.executions, &pipeline, now).await?;
        let (action, why) = self.decide(&input.cause, &pipeline, &holder).await?;
        if action != Action::Deploy {
            return Ok(Decision::new(action, why));
        }
        let request = lifecycle::Request {
            username: input.requested_by,
            request_id: RequestId::parse(input.redeployment_id.as_str()).ok(),
            source_address: None,
            at: now,
            deployment_id: id,
            expected: None,
        };
        let (queued, transition) = lifecycle::redeploy(&pipeline, &holder, request)?;
        self.records.commit_pipeline(&transition, None).await?;
        let run = WorkflowInput::new(&pipeline, &queued.summary());
        Ok(Decision::deploy(why, run))
    }
}

impl<R: CommitPipelines + EnvironmentsOfPipelines, E: Executions> RequestDeployment<'_, R, E> {
    /// Decides from the records.
    async fn decide(
        &self,
        cause: &Cause,
        pipeline: &Pipeline,
        holder: &Holder,
    ) -> Result<(Action, &'static str)> {
        let mut facts = Facts {
            pipeline,
            under_way: holder.under_way(),
            environments: &[],
            stacks: &[],
        };
        if facts.under_way.is_some() {
            return Ok(decide(cause, &facts));
        }
        match cause {
            Cause::EnvironmentChanged { .. } | Cause::Scheduled => {
                let environments = self.records.environments(&pipeline.environment_ids()).await?;
                facts.environments = &environments;
                Ok(decide(cause, &facts))
            }
            Cause::StackDeleted { .. } => {
                let last = match &pipeline.last_deployment {
                    Some(last) => self.records.deployment(&pipeline.id, &last.id).await?,
                    None => None,
                };
                facts.stacks = last.as_ref().map_or(&[], |last| &last.stacks);
                Ok(decide(cause, &facts))
            }
            Cause::Requested | Cause::Drifted { .. } | Cause::InSync => Ok(decide(cause, &facts)),
        }
    }

    /// Goes on with the deployment that an earlier try recorded.
    async fn resume(&self, pipeline: &Pipeline, own: Deployment) -> Result<Decision> {
        if let Some(ended) = ended(&own) {
            return ended;
        }
        let holds = pipeline.active_deployment.as_ref() == Some(&own.id);
        if holds {
            let run = WorkflowInput::new(pipeline, &own.summary());
            // What waits is started by who follows it, if nobody else has.
            if own.status == DeploymentStatus::Queued || self.executions.running(&run).await? {
                return Ok(Decision::deploy("its deployment is under way", run));
            }
        }
        // It may have ended since its record was read.
        let now = self.records.deployment(&pipeline.id, &own.id).await?;
        if let Some(ended) = now.as_ref().and_then(ended) {
            return ended;
        }
        if holds {
            let again = format!("Deploy again: POST /pipelines/{}/deployments", pipeline.id);
            Err(failed(
                &own,
                &format!("its execution ended without recording how. {again}"),
            ))
        } else {
            Ok(Decision::new(
                Action::Nothing,
                "a later deployment has taken the pipeline over",
            ))
        }
    }
}

/// What it means that `deployment` has ended, if it has.
fn ended(deployment: &Deployment) -> Option<Result<Decision>> {
    if deployment.was_superseded() {
        let why = "a later deployment has taken the pipeline over";
        return Some(Ok(Decision::new(Action::Nothing, why)));
    }
    match deployment.status {
        DeploymentStatus::Succeeded => Some(Ok(Decision::new(Action::Nothing, "it is deployed"))),
        DeploymentStatus::Failed => {
            let cause = deployment
                .failure
                .as_ref()
                .map(|failure| format!("{}: {}", failure.error, failure.cause));
            Some(Err(failed(deployment, &cause.unwrap_or_default())))
        }
        DeploymentStatus::Queued | DeploymentStatus::Running => None,
    }
}

fn failed(deployment: &Deployment, cause: &str) -> Error {
    Error::DeploymentFailed {
        deployment: deployment.id.to_string(),
        pipeline: deployment.pipeline_id.to_string(),
        cause: cause.to_owned(),
    }
}
