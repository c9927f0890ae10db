//! `Prepare`: freezes what the deployment works with, and checks that every account is ready for it.

use domain::{
    Error, Result,
    account::AccountId,
    blueprint::Blueprint,
    consent,
    deployment::Deployment,
    environment::{Environment, EnvironmentProblem},
    event::{DeploymentFacts, DeploymentStarted},
    hosting::HostedPipelines,
    ids::{DeploymentId, EnvironmentId, PipelineId, PipelineName},
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
    linked_accounts::{
        bootstrap::{self, InspectAccount, inspect},
        session_policy::SessionPolicy,
        sessions::{Access, Session},
    },
    records::{CommitPipelines, EnvironmentsOfPipelines, environments_by_id, retrying},
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
        let plan = Plan::of(&self.prefix, &self.platform_account_id, &pipeline, &environments)?;
        let session = |access, policy| Session::of_deployment(access, deployment_id, policy);
        let readiness = look_at_accounts(&self.accounts, &plan, environments.values(), session).await?;
        if let Some(error) = readiness.error() {
            return Err(error);
        }
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

/// What keeps a deployment out of the accounts that it needs.
#[derive(Debug)]
pub(crate) struct Readiness {
    /// What is wrong with an environment.
    pub(crate) problems: Vec<(EnvironmentId, EnvironmentProblem)>,
    /// The owner of the CICD account does not let the platform keep such a pipeline there.
    pub(crate) not_allowed: Option<Error>,
}

impl Readiness {
    /// All of it as one error, if there is any.
    fn error(self) -> Option<Error> {
        let problems = self.problems.into_iter().map(|(_, problem)| problem);
        combine(problems.collect()).or(self.not_allowed)
    }
}

/// Looks at all `environments` of a pipeline, each in a session of its own.
pub(crate) async fn look_at_accounts(
    accounts: &impl InspectAccount,
    plan: &Plan,
    environments: impl IntoIterator<Item = &Environment>,
    session: impl Fn(Access, SessionPolicy) -> Session,
) -> Result<Readiness> {
    let cicd = &plan.blueprint.cicd.account_id;
    let inspections = environments.into_iter().map(|environment| {
        let access = plan.access(environment);
        let policy = SessionPolicy::of_setup(bootstrap::CALLS, &access);
        let session = policy.map(|policy| session(access, policy));
        async move {
            let inspection = inspect(accounts, &session?, &environment.target(), Some(cicd)).await?;
            Ok::<_, Error>((&environment.id, inspection))
        }
    });
    let found: Vec<_> = stream::iter(inspections)
        .buffered(CONCURRENT_INSPECTIONS)
        .try_collect()
        .await?;
    let not_allowed = found
        .iter()
        .find(|(id, inspection)| **id == plan.cicd.environment_id && inspection.problems.is_empty())
        .and_then(|(_, inspection)| not_allowed(plan, inspection.pipelines));
    let problems = found.into_iter().flat_map(|(id, inspection)| {
        let problems = inspection.problems.into_iter();
        problems.map(|problem| (id.clone(), problem))
    });
    Ok(Readiness {
        problems: problems.collect(),
        not_allowed,
    })
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
