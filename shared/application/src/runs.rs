//! The runs of a pipeline: executions of its CodePipelines, one or in gitflow one for each stage.

pub mod approve;
pub mod build_log;
pub mod commits;
pub mod get;
pub mod list;
pub mod masking;
pub mod retry;
pub mod start;
pub mod stop;
pub mod trigger;

use domain::{
    Error, Result,
    account::Region,
    delivery::RunStatus,
    ids::{PipelineId, RunId, StageName},
    names::PipelineNames,
    permissions::Caller,
    pipeline::{Pipeline, Stage},
    strategy::CodePipeline,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use time::OffsetDateTime;

use self::{commits::Commit, trigger::Trigger};
use crate::linked_accounts::session_policy::Calls;
use crate::{
    access::{check_access, used, with_stages},
    linked_accounts::sessions::Session,
    pipelines::live_stages::CONCURRENT_QUESTIONS,
    platform::Platform,
    records::{EnvironmentsById, EnvironmentsOfPipelines, Pipelines},
};

/// Finds a run.
pub trait FindRun: Sync {
    /// The run `id` of the CodePipeline `name`, without its times and why it was stopped; none if there is no such run, or no such CodePipeline.
    fn run(
        &self,
        session: &Session,
        name: &str,
        id: &RunId,
    ) -> impl Future<Output = Result<Option<RunFacts>>> + Send;

    /// Why the run `id` of the CodePipeline `name`, which is there, was stopped, as long as it is one of the latest hundred.
    fn stop_reason(
        &self,
        session: &Session,
        name: &str,
        id: &RunId,
    ) -> impl Future<Output = Result<Option<String>>> + Send;

    /// What the run `id` of the CodePipeline `name` has done, each try of each action, in any order.
    fn actions(
        &self,
        session: &Session,
        name: &str,
        id: &RunId,
    ) -> impl Future<Output = Result<Vec<ActionFacts>>> + Send;
}

/// What CodePipeline tells of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFacts {
    pub id: String,
    /// How it goes.
    pub status: RunStatus,
    /// What CodePipeline says about that.
    pub detail: Option<String>,
    /// Why it was stopped.
    pub stop_reason: Option<String>,
    /// What started it.
    pub trigger: TriggerFacts,
    /// The commit that it has read.
    pub commit_id: Option<String>,
    /// That commit's message, as far as CodePipeline keeps it.
    pub commit_message: Option<String>,
    /// When it began.
    pub started_at: Option<OffsetDateTime>,
    /// When something last happened.
    pub updated_at: Option<OffsetDateTime>,
}

/// What CodePipeline tells of what started a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriggerFacts {
    /// The kind, in CodePipeline's words.
    pub kind: String,
    /// Who or what: an ARN.
    pub detail: String,
}

/// What CodePipeline tells of one try of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionFacts {
    /// The CodePipeline's stage.
    pub stage: String,
    pub name: String,
    /// Who carries it out: `CodeBuild`, `CloudFormation`, `CodeCommit`, `Manual`.
    pub provider: String,
    /// How it goes.
    pub status: ActionStatus,
    /// When it began.
    pub started_at: Option<OffsetDateTime>,
    /// When something last happened.
    pub updated_at: Option<OffsetDateTime>,
    /// What it says of itself.
    pub summary: Option<String>,
    /// A stable name of why it failed.
    pub error_code: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// What it runs, by the id that the other service knows: a build as `project:uuid`.
    pub external_id: Option<String>,
    /// Where that is shown.
    pub url: Option<String>,
}

/// How a try of an action, or what a run did in a stage, goes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActionStatus {
    /// It is under way.
    InProgress,
    /// It waits for a person.
    WaitingForApproval,
    /// It is done.
    Succeeded,
    /// It failed, or was rejected.
    Failed,
    /// Somebody stopped it.
    Stopped,
}

/// A run of a pipeline.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id: that of the execution in CodePipeline.
    pub run_id: String,
    /// The CodePipeline that runs.
    pub code_pipeline: String,
    /// The stage that it delivers to, where that is one alone: in gitflow.
    pub stage: Option<StageName>,
    /// The branch that it delivers.
    pub branch: String,
    /// How it goes.
    pub status: RunStatus,
    /// What CodePipeline says about that.
    pub detail: Option<String>,
    /// Why somebody stopped it, and who.
    pub stop_reason: Option<String>,
    /// What started it.
    pub trigger: Trigger,
    /// The commit that it delivers; none if it could not read one.
    pub commit: Option<Commit>,
    /// When it began.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When something last happened.
    #[serde(with = "time::serde::rfc3339::option")]
    pub updated_at: Option<OffsetDateTime>,
    /// When it ended, if it has.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// The run in AWS's console.
    pub console_url: String,
}

impl Run {
    fn new(facts: RunFacts, of: &CodePipeline, commit: Option<Commit>, scope: &Scope) -> Self {
        let region = &scope.pipeline.cicd_region;
        Self {
            console_url: console_url(region, &of.name, &facts.id),
            run_id: facts.id,
            code_pipeline: of.name.clone(),
            stage: of.stage.clone(),
            branch: of.branch.clone(),
            status: facts.status,
            detail: facts.detail.as_deref().map(masking::mask),
            stop_reason: facts.stop_reason,
            trigger: Trigger::of(&facts.trigger, &scope.session.access.prefix),
            commit,
            started_at: facts.started_at,
            updated_at: facts.updated_at,
            ended_at: facts.updated_at.filter(|_| facts.status.has_ended()),
        }
    }
}

/// What requests about runs work on: the pipeline and the caller's session in its CICD account.
pub(crate) struct Scope {
    pub(crate) pipeline: Pipeline,
    pub(crate) environments: EnvironmentsById,
    pub(crate) session: Session,
}

impl Scope {
    /// For who may see the runs of the pipeline `id`: whoever may see its stages.
    pub(crate) async fn of_reader(
        store: &(impl Pipelines + EnvironmentsOfPipelines),
        platform: &Platform,
        caller: &Caller,
        id: &PipelineId,
        calls: &[Calls],
    ) -> Result<Self> {
        let (pipeline, environments) = with_stages(store, caller, id).await?;
        let cicd = used(&environments, &pipeline.cicd_environment_id, id)?;
        let session = platform.session(cicd, &pipeline, &caller.username, calls)?;
        Ok(Self {
            pipeline,
            environments,
            session,
        })
    }

    /// For who may start, stop and retry the runs of the pipeline `id`.
    pub(crate) async fn of_operator(
        store: &(impl Pipelines + EnvironmentsOfPipelines),
        platform: &Platform,
        caller: &Caller,
        id: &PipelineId,
        calls: &[Calls],
    ) -> Result<Self> {
        let scope = Self::of_reader(store, platform, caller, id, calls).await?;
        check_access(caller, &scope.pipeline)?;
        Ok(scope)
    }

    pub(crate) fn names(&self) -> PipelineNames<'_> {
        PipelineNames::of(&self.session.access.prefix, &self.pipeline)
    }

    /// The pipeline's stage `name`.
    pub(crate) fn stage(&self, name: &StageName) -> Result<&Stage> {
        let mut stages = self.pipeline.stages.iter();
        stages
            .find(|stage| stage.name == *name)
            .ok_or_else(|| Error::not_found("stage", &name))
    }

    /// The CodePipeline that delivers to `stage`.
    pub(crate) fn code_pipeline(&self, stage: &StageName) -> CodePipeline {
        self.pipeline.strategy.code_pipeline_of(self.names(), stage)
    }

    /// Every CodePipeline of the pipeline.
    pub(crate) fn code_pipelines(&self) -> Vec<CodePipeline> {
        let stages = self.pipeline.stages.iter().map(|stage| &stage.name);
        self.pipeline.strategy.code_pipelines(self.names(), stages)
    }

    /// The run `id`, whichever CodePipeline's it is.
    pub(crate) async fn find(&self, runs: &impl FindRun, id: &RunId) -> Result<(CodePipeline, RunFacts)> {
        let found: Vec<_> = stream::iter(self.code_pipelines())
            .map(async |of| {
                let run = runs.run(&self.session, &of.name, id).await?;
                Ok::<_, Error>(run.map(|run| (of, run)))
            })
            .buffered(CONCURRENT_QUESTIONS)
            .try_collect()
            .await
            .map_err(|error| self.session.explain(error))?;
        found
            .into_iter()
            .flatten()
            .next()
            .ok_or_else(|| Error::not_found("run", id))
    }
}

/// The error where a CodePipeline should run and is not there.
pub(crate) fn not_deployed(name: &str) -> Error {
    Error::Conflict(format!(
        "the CodePipeline {name} is not there: a deployment makes it. Wait for the running one to end, or deploy the \
         pipeline again"
    ))
}

fn console_url(region: &Region, code_pipeline: &str, run: &str) -> String {
    format!(
        "https://{region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{code_pipeline}/executions/{run}/timeline\
         ?region={region}"
    )
}
