//! `Prepare`: freezes what the deployment works with, and checks that every account is ready for it.

use domain::{
    Error, Result,
    account::AccountId,
    blueprint::Blueprint,
    consent,
    deployment::Deployment,
    environment::EnvironmentProblem,
    event::{DeploymentFacts, DeploymentStarted},
    hosting::HostedPipelines,
    ids::{DeploymentId, PipelineId, PipelineName},
    lifecycle,
    pipeline::Pipeline,
    prefix::Prefix,
    revision::Revision,
};
use futures_util::{StreamExt as _, TryStreamExt as _, future, stream};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::plan::{Plan, PlanSummary};
use crate::{
    artifacts::{WriteArtifacts, put_json},
    blueprint,
    linked_accounts::{
        bootstrap::{self, InspectAccount, inspect},
        session_policy::SessionPolicy,
        sessions::{Access, Session},
    },
    records::{CommitPipelines, EnvironmentsById, EnvironmentsOfPipelines, environments_by_id, retrying},
    step::Step,
};

/// At most so many environments are looked at at once.
const CONCURRENT_INSPECTIONS: usize = 8;

/// The step's input: the execution's, and which execution it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrepareInput {
    pub pipeline_id: PipelineId,
    /// Its name, for people who read the execution.
    pub pipeline_name: PipelineName,
    /// The revision to deploy.
    pub revision: Revision,
    pub deployment_id: DeploymentId,
    /// The execution of the state machine.
    pub execution_arn: String,
    /// When the execution began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct Prepare<R, A, W> {
    /// The platform's prefix.
    pub prefix: Prefix,
    /// The platform's own account.
    pub platform_account_id: AccountId,
    pub records: R,
    /// The linked accounts.
    pub accounts: A,
    /// Where the plan goes.
    pub artifacts: W,
}

impl<R: CommitPipelines + EnvironmentsOfPipelines, A: InspectAccount, W: WriteArtifacts> Step
    for Prepare<R, A, W>
{
    const NAME: &'static str = "Prepare";
    type Input = PrepareInput;
    type Output = PlanSummary;

    async fn run(&self, input: PrepareInput, _: OffsetDateTime) -> Result<PlanSummary> {
        let PrepareInput {
            pipeline_id,
            revision,
            deployment_id,
            ..
        } = &input;
        let (pipeline, deployment) = mark_running(&self.records, &input).await?;
        // A later revision is deployed as it is: its own deployment, which waits, will find nothing left to do.
        if pipeline.revision < *revision {
            return Err(Error::Internal(format!(
                "the record of pipeline {pipeline_id} is at revision {}, older than {revision}, which is to be deployed",
                pipeline.revision
            )));
        }
        let environments = environments_by_id(&self.records, &pipeline.environment_ids()).await?;
        consent::check(&pipeline, &environments)?;
        let plan = self.plan(&pipeline, &environments)?;
        self.check_accounts(&plan, &environments, deployment_id).await?;
        let event = DeploymentStarted {
            deployment: DeploymentFacts::of(&pipeline, &deployment),
        };
        let summary = PlanSummary {
            event: Some(event),
            ..plan.summary(deployment_id, environments.values())
        };
        put_json(&self.artifacts, &summary.artifacts_prefix.plan(), &plan).await?;
        Ok(summary)
    }
}

impl<R: CommitPipelines + EnvironmentsOfPipelines, A: InspectAccount, W: WriteArtifacts> Prepare<R, A, W> {
    fn plan(&self, pipeline: &Pipeline, environments: &EnvironmentsById) -> Result<Plan> {
        let cicd = blueprint::find(environments, &pipeline.cicd_environment_id)?;
        Ok(Plan {
            blueprint: blueprint::blueprint(&self.prefix, pipeline, environments)?,
            cicd: Access::new(&self.prefix, &self.platform_account_id, cicd),
            revision: pipeline.revision,
            stages_closed: pipeline.stages_closed,
        })
    }

    /// Looks at all environments and reports all that keeps the deployment from going on.
    async fn check_accounts(
        &self,
        plan: &Plan,
        environments: &EnvironmentsById,
        deployment: &DeploymentId,
    ) -> Result<()> {
        let cicd = &plan.blueprint.cicd.account_id;
        let inspections = environments.values().map(async |environment| {
            let access = Access::new(&self.prefix, &self.platform_account_id, environment);
            let policy = SessionPolicy::of_setup(bootstrap::CALLS, &access)?;
            let session = Session::of_deployment(access, deployment, policy);
            let inspection = inspect(&self.accounts, &session, &environment.target(), Some(cicd)).await?;
            Ok::<_, Error>((&environment.id, inspection))
        });
        let found: Vec<_> = stream::iter(inspections)
            .buffered(CONCURRENT_INSPECTIONS)
            .try_collect()
            .await?;
        let hosting = found
            .iter()
            .find(|(id, inspection)| **id == plan.cicd.environment_id && inspection.problems.is_empty())
            .and_then(|(_, inspection)| not_allowed(plan, inspection.pipelines));
        let problems = found.into_iter().flat_map(|(_, inspection)| inspection.problems);
        match combine(problems.collect()).or(hosting) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// Marks the deployment as running: the pipeline and the deployment. Doing so twice is no error.
/// [`Error::DeploymentSuperseded`] if it has ended or does not hold the pipeline.
pub(super) async fn mark_running(
    records: &impl CommitPipelines,
    input: &PrepareInput,
) -> Result<(Pipeline, Deployment)> {
    let (id, deployment_id) = (&input.pipeline_id, &input.deployment_id);
    retrying(async || {
        let (pipeline, deployment) =
            future::try_join(records.pipeline(id), records.deployment(id, deployment_id)).await?;
        let pipeline = pipeline.ok_or_else(|| Error::not_found("pipeline", id))?;
        let deployment = deployment.ok_or_else(|| Error::not_found("deployment", deployment_id))?;
        let started = lifecycle::started(&pipeline, &deployment, &input.execution_arn, input.started_at)?;
        let Some(transition) = started else {
            return Ok((pipeline, deployment));
        };
        records.commit_pipeline(&transition, None).await?;
        let running = transition.updated.unwrap_or(deployment);
        Ok((transition.after, running))
    })
    .await
}

/// The error where the owner of the CICD account does not let the platform keep such a pipeline there. A stack of the role that does not
/// tell allows nothing.
fn not_allowed(plan: &Plan, allowed: Option<HostedPipelines>) -> Option<Error> {
    let Blueprint {
        cicd,
        strategy,
        stages,
        ..
    } = &plan.blueprint;
    let accounts = stages.iter().map(|stage| &stage.target.account_id);
    let needed = HostedPipelines::needed(*strategy, &cicd.account_id, accounts);
    let allowed = allowed.unwrap_or(HostedPipelines::None);
    (!allowed.covers(needed)).then(|| Error::PipelinesNotAllowed {
        detail: needed.refused(&plan.cicd.environment_id, &cicd.account_id, allowed),
        command: plan.cicd.allow_command(needed),
    })
}

/// All problems as one error: that of a role if there is one, for without it nothing else can be fixed for good.
fn combine(problems: Vec<EnvironmentProblem>) -> Option<Error> {
    if problems.is_empty() {
        return None;
    }
    let role = problems
        .iter()
        .any(|problem| problem.code != "EnvironmentNotBootstrapped");
    if role {
        let in_words = |problem: EnvironmentProblem| match problem.command {
            Some(command) => format!("{}. Run: {command}", problem.detail),
            None => problem.detail,
        };
        let details: Vec<_> = problems.into_iter().map(in_words).collect();
        return Some(Error::EnvironmentRoleNotAssumable {
            detail: details.join("; "),
        });
    }
    let (details, commands): (Vec<_>, Vec<_>) = problems
        .into_iter()
        .map(|problem| (problem.detail, problem.command.unwrap_or_default()))
        .unzip();
    Some(Error::EnvironmentNotBootstrapped {
        detail: details.join("; "),
        command: commands.join("\n"),
    })
}
