//! Where a pipeline's stages are now, as CodePipeline says: one shape for all strategies.

use domain::{
    Result,
    account::{AccountId, Region},
    environment::Label,
    ids::{EnvironmentId, PipelineId, StageName},
    names::PipelineNames,
    permissions::Caller,
    pipeline::{Pipeline, Stage},
    strategy::CodePipeline,
    team::TeamName,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use time::OffsetDateTime;

use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    access::{used, with_stages},
    linked_accounts::sessions::Session,
    platform::Platform,
    records::{EnvironmentsById, EnvironmentsOfPipelines, Pipelines},
};

/// At most so many CodePipelines are asked at once.
pub(crate) const CONCURRENT_QUESTIONS: usize = 5;

/// Asks CodePipeline.
pub trait FindStates: Sync {
    /// The stages of the CodePipeline `name` as they are, in order; none if there is no such CodePipeline.
    fn state(
        &self,
        session: &Session,
        name: &str,
    ) -> impl Future<Output = Result<Option<Vec<StageState>>>> + Send;

    /// The runs of the CodePipeline `name`, newest first: the latest hundred.
    fn latest_runs(
        &self,
        session: &Session,
        name: &str,
    ) -> impl Future<Output = Result<Vec<FoundRun>>> + Send;

    /// The newest run that got through the CodePipeline's stage `stage`, as far as its present definition goes.
    fn last_run_through(
        &self,
        session: &Session,
        name: &str,
        stage: &str,
    ) -> impl Future<Output = Result<Option<FoundRun>>> + Send;

    /// When the run was done with the CodePipeline's stage `stage`; none if it was not in it.
    fn left_at(
        &self,
        session: &Session,
        name: &str,
        run_id: &str,
        stage: &str,
    ) -> impl Future<Output = Result<Option<OffsetDateTime>>> + Send;
}

/// A run of a CodePipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRun {
    pub id: String,
    /// When it began.
    pub started_at: Option<OffsetDateTime>,
    /// The commit that it delivers.
    pub commit: RunCommit,
}

/// The commit that a run delivers.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunCommit {
    /// Its id; none if the run has not read it yet, or CodePipeline has forgotten the run.
    pub commit_id: Option<String>,
    /// Its message, as far as CodePipeline keeps it.
    pub message: Option<String>,
}

/// A stage of a CodePipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageState {
    pub name: String,
    /// How its latest execution went; none if none has reached it.
    pub status: Option<Status>,
    /// The latest execution.
    pub execution_id: Option<String>,
    /// The executions that wait before it.
    pub inbound: Vec<String>,
    /// Why nothing gets in, if the way into it is closed.
    pub closed: Option<Closed>,
    /// Its actions, in the order of the definition.
    pub actions: Vec<ActionState>,
}

/// What closed the way into a stage of a CodePipeline.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    /// What was said when it was closed.
    pub reason: String,
    /// Since when it is closed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// Who closed it: the ARN that CodePipeline names.
    pub by: Option<String>,
}

/// An action of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionState {
    pub name: String,
    /// Whether it has failed.
    pub failed: bool,
    /// Whether it waits for a person.
    pub waits_for_approval: bool,
    /// When its status last changed.
    pub changed_at: Option<OffsetDateTime>,
    /// Its own words: a commit's message, or a person's comment.
    pub summary: Option<String>,
    /// Why it failed, as the service says.
    pub error: Option<String>,
    /// The commit that it has read: source actions only.
    pub commit_id: Option<String>,
    /// Where what it runs is shown: a build, a stack.
    pub url: Option<String>,
}

/// Where a stage is.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = StageStatus))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// The CodePipeline is not there, or does not have the stage yet.
    NotDeployed,
    /// Nothing has reached it yet.
    NotStarted,
    /// It is under way.
    InProgress,
    /// It waits for a person.
    WaitingForApproval,
    /// It is done.
    Succeeded,
    /// It failed.
    Failed,
    /// Somebody stopped it, or is about to.
    Stopped,
    /// A condition of the CodePipeline left it out.
    Skipped,
}

/// The pipeline as CodePipeline sees it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveStages {
    /// The pipeline's stages, in order.
    pub stages: Vec<LiveStage>,
    /// The CodePipelines that deliver them: one, or in gitflow one for each stage.
    pub code_pipelines: Vec<LiveCodePipeline>,
}

/// A stage of the pipeline as it is now.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveStage {
    /// Its name.
    pub name: StageName,
    /// Where it is deployed to.
    pub environment_id: EnvironmentId,
    /// What people call that environment.
    pub environment_label: Label,
    /// The environment's account.
    pub account_id: AccountId,
    /// The environment's region.
    pub region: Region,
    /// The branch that it is delivered from.
    pub branch: String,
    /// The CodePipeline that delivers it.
    pub code_pipeline: String,
    /// Where it is.
    #[serde(flatten)]
    pub progress: Progress,
    /// Why nothing gets there any more, if the way is closed.
    pub closed: Option<ClosedWay>,
    /// What waits for a person.
    pub approval: Option<Approval>,
    /// What stands there now: the last run that got through. Unknown (none) while a newer run is in the stage or has failed
    /// there and
    /// the CodePipeline was redefined since.
    pub deployed: Option<Deployed>,
    /// What is on its way there: of several runs, the nearest one.
    pub incoming: Option<Incoming>,
    /// The CodePipeline in AWS's console.
    pub console_url: String,
}

/// What stands in a stage.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// The run that brought it.
    pub run_id: String,
    /// The commit.
    #[serde(flatten)]
    pub commit: RunCommit,
    /// When the run was done with the stage.
    #[serde(with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
}

/// A run that is on its way to a stage.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Incoming {
    /// The run.
    pub run_id: String,
    /// The commit that it brings.
    #[serde(flatten)]
    pub commit: RunCommit,
    /// When the run began.
    #[serde(with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// The CodePipeline's stage that it is in, or waits before.
    pub stage_name: String,
}

/// The way into a stage, which somebody has closed: CodePipeline calls it a disabled transition.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedWay {
    /// The CodePipeline's stage that nothing gets into.
    pub stage_name: String,
    /// What closed it.
    #[serde(flatten)]
    pub closed: Closed,
}

/// An approval that waits.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// The CodePipeline's stage that holds it.
    pub stage_name: String,
    /// The action that a person approves.
    pub action_name: String,
    /// Since when it waits.
    #[serde(with = "time::serde::rfc3339::option")]
    pub waiting_since: Option<OffsetDateTime>,
    /// The run that waits.
    pub run_id: Option<String>,
    /// The commit that waits.
    #[serde(flatten)]
    pub commit: RunCommit,
    /// Who may answer: the team of the stage's environment.
    pub team: TeamName,
}

/// A CodePipeline as it is now.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveCodePipeline {
    /// Its name.
    pub name: String,
    /// The branch that it reads.
    pub branch: String,
    /// The commit that it read last.
    pub commit_id: Option<String>,
    /// What comes before the stages, in order: source, build and, in cdk-trunk, the pipeline's update of itself.
    pub steps: Vec<LiveStep>,
    /// The CodePipeline in AWS's console.
    pub console_url: String,
}

/// A stage of a CodePipeline that delivers no stage of the pipeline.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveStep {
    /// Its name in the CodePipeline.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub progress: Progress,
}

/// How far something is.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Where it is.
    pub status: Status,
    /// When something last happened.
    #[serde(with = "time::serde::rfc3339::option")]
    pub changed_at: Option<OffsetDateTime>,
    /// The latest execution of the CodePipeline that reached it.
    pub execution_id: Option<String>,
    /// Why it failed.
    pub error: Option<ActionError>,
}

/// Why a stage failed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionError {
    /// The action that failed.
    pub action_name: String,
    /// What the service says.
    pub message: String,
    /// Where to see what it ran, such as the build's log.
    pub url: Option<String>,
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &[
        "codepipeline:GetPipelineState",
        "codepipeline:ListPipelineExecutions",
        "codepipeline:ListActionExecutions",
    ],
}];

/// Where the stages of the pipeline `id` are now.
pub async fn live_stages(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    code_pipelines: &impl FindStates,
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
) -> Result<LiveStages> {
    let (pipeline, environments) = with_stages(store, caller, id).await?;
    let cicd = used(&environments, &pipeline.cicd_environment_id, id)?;
    let session = platform.session(cicd, &pipeline, &caller.username, CALLS)?;
    let names = PipelineNames::of(&platform.prefix, &pipeline);
    let stage_names = pipeline.stages.iter().map(|stage| &stage.name);
    let asked = pipeline.strategy.code_pipelines(names, stage_names);
    let found: Vec<Found> = stream::iter(asked)
        .map(async |code_pipeline| {
            let states = code_pipelines.state(&session, &code_pipeline.name).await?;
            let runs = match states {
                Some(_) => code_pipelines.latest_runs(&session, &code_pipeline.name).await?,
                None => Vec::new(),
            };
            let states = states.unwrap_or_default();
            Ok::<_, domain::Error>(Found::new(code_pipeline, states, runs, &pipeline))
        })
        .buffered(CONCURRENT_QUESTIONS)
        .try_collect()
        .await?;
    let stages = stream::iter(&pipeline.stages)
        .map(async |stage| {
            let environments = &environments;
            live_stage(code_pipelines, &session, stage, &pipeline, environments, &found).await
        })
        .buffered(CONCURRENT_QUESTIONS)
        .try_collect()
        .await?;
    Ok(LiveStages {
        stages,
        code_pipelines: found
            .iter()
            .map(|found| found.live(&pipeline.cicd_region))
            .collect(),
    })
}

/// A CodePipeline as it was found.
struct Found {
    code_pipeline: CodePipeline,
    /// Its stages, in order, each with the pipeline's stage that it delivers, if it delivers one. Without those of stages that were
    /// taken out of the pipeline: until the next deployment succeeds, the CodePipeline still has them.
    stages: Vec<(Option<StageName>, StageState)>,
    /// Its latest runs, newest first.
    runs: Vec<FoundRun>,
}

impl Found {
    fn new(
        code_pipeline: CodePipeline,
        described: Vec<StageState>,
        runs: Vec<FoundRun>,
        pipeline: &Pipeline,
    ) -> Self {
        let ours: Vec<&StageName> = pipeline
            .stages
            .iter()
            .map(|stage| &stage.name)
            .filter(|stage| code_pipeline.delivers(stage))
            .collect();
        let stages = described
            .into_iter()
            .map(|state| {
                let mut ours = ours.iter();
                let delivered = ours.find(|stage| pipeline.strategy.delivers(&state.name, stage));
                (delivered.map(|stage| (*stage).clone()), state)
            })
            .filter(|(delivered, state)| {
                let mut removed = pipeline.orphans.iter();
                delivered.is_some()
                    || !removed.any(|orphan| pipeline.strategy.delivers(&state.name, &orphan.stage))
            })
            .collect();
        Self {
            code_pipeline,
            stages,
            runs,
        }
    }

    /// The stages of the CodePipeline that are no stages of the pipeline.
    fn steps(&self) -> impl Iterator<Item = &StageState> {
        let stages = self.stages.iter();
        stages.filter_map(|(delivered, state)| delivered.is_none().then_some(state))
    }

    /// The stages that deliver `stage`, in order.
    fn parts(&self, stage: &StageName) -> Vec<&StageState> {
        let stages = self.stages.iter();
        stages
            .filter_map(|(delivered, state)| (delivered.as_ref() == Some(stage)).then_some(state))
            .collect()
    }

    /// The run `id`, if it is one of the latest.
    fn run(&self, id: &str) -> Option<&FoundRun> {
        self.runs.iter().find(|run| run.id == id)
    }

    fn commit(&self, run_id: &str) -> RunCommit {
        let run = self.run(run_id);
        run.map(|run| run.commit.clone()).unwrap_or_default()
    }

    /// What is on its way to `stage`: in the last stage that delivers it or before that, or in an earlier one.
    fn incoming(&self, stage: &StageName) -> Option<Incoming> {
        let is_part = |(delivered, _): &(Option<StageName>, _)| delivered.as_ref() == Some(stage);
        let last = self.stages.iter().rposition(is_part)?;
        self.stages[..=last].iter().rev().find_map(|(_, state)| {
            let inside = state
                .execution_id
                .as_ref()
                .filter(|_| state.status == Some(Status::InProgress));
            let run_id = inside.or(state.inbound.last())?;
            Some(Incoming {
                run_id: run_id.clone(),
                commit: self.commit(run_id),
                since: self.run(run_id).and_then(|run| run.started_at),
                stage_name: state.name.clone(),
            })
        })
    }

    fn live(&self, region: &Region) -> LiveCodePipeline {
        let mut commits = self.steps().flat_map(|step| &step.actions);
        LiveCodePipeline {
            name: self.code_pipeline.name.clone(),
            branch: self.code_pipeline.branch.clone(),
            commit_id: commits.find_map(|action| action.commit_id.clone()),
            steps: self
                .steps()
                .map(|step| LiveStep {
                    name: step.name.clone(),
                    progress: progress(&[step]),
                })
                .collect(),
            console_url: console_url(region, &self.code_pipeline.name),
        }
    }
}

async fn live_stage(
    code_pipelines: &impl FindStates,
    session: &Session,
    stage: &Stage,
    pipeline: &Pipeline,
    environments: &EnvironmentsById,
    found: &[Found],
) -> Result<LiveStage> {
    let environment = used(environments, &stage.environment_id, &pipeline.id)?;
    let names = PipelineNames::new(&session.access.prefix, &pipeline.name, &pipeline.id);
    let code_pipeline = pipeline.strategy.code_pipeline_of(names, &stage.name);
    let found = found.iter().find(|found| found.code_pipeline == code_pipeline);
    let parts = found.map(|found| found.parts(&stage.name)).unwrap_or_default();
    let approval = parts.iter().find_map(|state| {
        let action = state.actions.iter().find(|action| action.waits_for_approval)?;
        let run_id = state.execution_id.clone();
        Some(Approval {
            stage_name: state.name.clone(),
            action_name: action.name.clone(),
            waiting_since: action.changed_at,
            commit: found
                .zip(run_id.as_deref())
                .map(|(found, run)| found.commit(run))
                .unwrap_or_default(),
            run_id,
            team: environment.team.clone(),
        })
    });
    let closed = parts.iter().find_map(|state| {
        Some(ClosedWay {
            stage_name: state.name.clone(),
            closed: state.closed.clone()?,
        })
    });
    let deployed = match (found, parts.last()) {
        (Some(found), Some(last)) => deployed(code_pipelines, session, found, last).await?,
        _ => None,
    };
    Ok(LiveStage {
        name: stage.name.clone(),
        environment_id: stage.environment_id.clone(),
        environment_label: environment.label.clone(),
        account_id: environment.account_id.clone(),
        region: environment.region.clone(),
        branch: code_pipeline.branch,
        console_url: console_url(&pipeline.cicd_region, &code_pipeline.name),
        code_pipeline: code_pipeline.name,
        progress: progress(&parts),
        closed,
        approval,
        deployed,
        incoming: found.and_then(|found| found.incoming(&stage.name)),
    })
}

/// The CodePipeline's stages after `last`, which is the last that delivers a stage of the pipeline.
async fn deployed(
    code_pipelines: &impl FindStates,
    session: &Session,
    found: &Found,
    last: &StageState,
) -> Result<Option<Deployed>> {
    let Some(run_id) = &last.execution_id else {
        return Ok(None);
    };
    let succeeded = last.status == Some(Status::Succeeded);
    if succeeded && let Some(run) = found.run(run_id) {
        return Ok(Some(Deployed {
            run_id: run_id.clone(),
            commit: run.commit.clone(),
            at: last_change(last),
        }));
    }
    // A newer run is in the stage or has failed there, or it is long ago.
    let run = code_pipelines
        .last_run_through(session, &found.code_pipeline.name, &last.name)
        .await?;
    let same = |run: &FoundRun| run.id == *run_id;
    if succeeded {
        return Ok(Some(Deployed {
            run_id: run_id.clone(),
            commit: run.filter(same).map(|run| run.commit).unwrap_or_default(),
            at: last_change(last),
        }));
    }
    let Some(run) = run else { return Ok(None) };
    let at = code_pipelines
        .left_at(session, &found.code_pipeline.name, &run.id, &last.name)
        .await?;
    Ok(Some(Deployed {
        run_id: run.id,
        commit: run.commit,
        at,
    }))
}

/// When something last happened in `stage`.
fn last_change(stage: &StageState) -> Option<OffsetDateTime> {
    stage.actions.iter().filter_map(|action| action.changed_at).max()
}

/// How far the CodePipeline's stages `parts` are together: an approval and the deployment behind it are one stage of
/// ours.
fn progress(parts: &[&StageState]) -> Progress {
    // An execution that is in an earlier one has not come to the later ones, which still tell of the one before.
    let current = parts
        .iter()
        .find(|state| !matches!(state.status, None | Some(Status::Succeeded | Status::Skipped)))
        .or_else(|| parts.last());
    let Some(current) = current else {
        return Progress {
            status: Status::NotDeployed,
            changed_at: None,
            execution_id: None,
            error: None,
        };
    };
    let waits = current.actions.iter().any(|action| action.waits_for_approval);
    let status = match current.status {
        None => Status::NotStarted,
        Some(Status::InProgress) if waits => Status::WaitingForApproval,
        Some(other) => other,
    };
    let failed = current.actions.iter().find(|action| action.failed);
    let error = failed
        .filter(|_| status == Status::Failed)
        .map(|action| ActionError {
            action_name: action.name.clone(),
            message: action
                .error
                .clone()
                .or_else(|| action.summary.clone())
                .unwrap_or_else(|| "the service gives no reason: the console may show more".to_owned()),
            url: action.url.clone(),
        });
    Progress {
        status,
        changed_at: last_change(current),
        execution_id: current.execution_id.clone(),
        error,
    }
}

pub(crate) fn console_url(region: &Region, code_pipeline: &str) -> String {
    format!(
        "https://{region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{code_pipeline}/view?region={region}"
    )
}
