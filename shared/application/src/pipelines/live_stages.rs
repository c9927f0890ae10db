//! Where a pipeline's stages are now, as CodePipeline says: one shape for all strategies.

use domain::{
    Result,
    account::Region,
    environment::EnvironmentId,
    names::{PipelineNames, approval_stage, deploy_stage},
    permissions::Caller,
    pipeline::{Pipeline, PipelineId, Stage, StageName, Strategy},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rendering::cdk_trunk::stage_construct;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Pipelines, repository::enter};
use crate::{environments::Environments, platform::Platform, workflow::accounts::Session};

/// At most so many CodePipelines are asked at once.
const CONCURRENT_QUESTIONS: usize = 5;

/// Asks CodePipeline.
pub trait CodePipelines: Sync {
    /// The stages of the CodePipeline `name` as they are, in order; none if there is no such CodePipeline.
    fn state(
        &self,
        session: &Session,
        name: &str,
    ) -> impl Future<Output = Result<Option<Vec<StageState>>>> + Send;
}

/// A stage of a CodePipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageState {
    /// Its name.
    pub name: String,
    /// How its latest execution went; none if none has reached it.
    pub status: Option<Status>,
    /// The latest execution.
    pub execution_id: Option<String>,
    /// Its actions, in the order of the definition.
    pub actions: Vec<ActionState>,
}

/// An action of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionState {
    /// Its name.
    pub name: String,
    /// Whether it has failed.
    pub failed: bool,
    /// Whether it waits for a person.
    pub waits_for_approval: bool,
    /// When its status last changed.
    pub changed_at: Option<OffsetDateTime>,
    /// What it says of itself: a commit's message, a person's words.
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
    /// The branch that it is delivered from.
    pub branch: String,
    /// The CodePipeline that delivers it.
    pub code_pipeline: String,
    /// Where it is.
    #[serde(flatten)]
    pub progress: Progress,
    /// What waits for a person.
    pub approval: Option<Approval>,
    /// The CodePipeline in AWS's console.
    pub console_url: String,
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

/// A stage of a CodePipeline that is none of the pipeline's stages.
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
    /// Where what it ran is shown, such as the build's log.
    pub url: Option<String>,
}

/// Where the stages of the pipeline `id` are now.
pub async fn live_stages(
    store: &(impl Pipelines + Environments),
    code_pipelines: &impl CodePipelines,
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
) -> Result<LiveStages> {
    let (pipeline, session) = enter(store, platform, caller, id).await?;
    let names = PipelineNames::of(&platform.prefix, &pipeline);
    let asked = names.code_pipelines(pipeline.strategy, pipeline.stages.iter().map(|stage| &stage.name));
    let found: Vec<(String, Option<Vec<StageState>>)> = stream::iter(asked)
        .map(|name| async {
            let state = code_pipelines.state(&session, &name).await?;
            Ok::<_, domain::Error>((name, state))
        })
        .buffered(CONCURRENT_QUESTIONS)
        .try_collect()
        .await?;
    let found: Vec<Found> = found
        .into_iter()
        .map(|(name, state)| Found::new(name, state.unwrap_or_default(), &pipeline, names))
        .collect();
    Ok(LiveStages {
        stages: pipeline
            .stages
            .iter()
            .map(|stage| live_stage(stage, &pipeline, names, &found))
            .collect(),
        code_pipelines: found
            .iter()
            .map(|found| found.live(&pipeline.cicd_region))
            .collect(),
    })
}

/// A CodePipeline with its stages told apart: those that deliver one of ours, and the others.
struct Found {
    name: String,
    branch: String,
    steps: Vec<StageState>,
    deliveries: Vec<(StageName, StageState)>,
}

impl Found {
    fn new(name: String, states: Vec<StageState>, pipeline: &Pipeline, names: PipelineNames<'_>) -> Self {
        let ours: Vec<&Stage> = pipeline
            .stages
            .iter()
            .filter(|stage| names.code_pipeline(pipeline.strategy, &stage.name) == name)
            .collect();
        let branch = ours.first().map(|stage| pipeline.strategy.branch(&stage.name));
        let mut found = Self {
            branch: branch.unwrap_or_default().to_owned(),
            name,
            steps: Vec::new(),
            deliveries: Vec::new(),
        };
        for state in states {
            match ours
                .iter()
                .find(|stage| delivers(pipeline.strategy, &state.name, &stage.name))
            {
                Some(stage) => found.deliveries.push((stage.name.clone(), state)),
                None => found.steps.push(state),
            }
        }
        found
    }

    fn live(&self, region: &Region) -> LiveCodePipeline {
        let mut commits = self.steps.iter().flat_map(|step| &step.actions);
        LiveCodePipeline {
            name: self.name.clone(),
            branch: self.branch.clone(),
            commit_id: commits.find_map(|action| action.commit_id.clone()),
            steps: self
                .steps
                .iter()
                .map(|step| LiveStep {
                    name: step.name.clone(),
                    progress: progress(&[step]),
                })
                .collect(),
            console_url: console_url(region, &self.name),
        }
    }
}

/// Whether the CodePipeline's stage `name` delivers `stage`.
fn delivers(strategy: Strategy, name: &str, stage: &StageName) -> bool {
    match strategy {
        Strategy::CdkTrunk => name == stage_construct(stage),
        Strategy::Trunk | Strategy::Gitflow => name == approval_stage(stage) || name == deploy_stage(stage),
    }
}

fn live_stage(stage: &Stage, pipeline: &Pipeline, names: PipelineNames<'_>, found: &[Found]) -> LiveStage {
    let code_pipeline = names.code_pipeline(pipeline.strategy, &stage.name);
    let states: Vec<&StageState> = found
        .iter()
        .filter(|found| found.name == code_pipeline)
        .flat_map(|found| &found.deliveries)
        .filter(|(name, _)| *name == stage.name)
        .map(|(_, state)| state)
        .collect();
    let approval = states.iter().find_map(|state| {
        let action = state.actions.iter().find(|action| action.waits_for_approval)?;
        Some(Approval {
            stage_name: state.name.clone(),
            action_name: action.name.clone(),
            waiting_since: action.changed_at,
        })
    });
    LiveStage {
        name: stage.name.clone(),
        environment_id: stage.environment_id.clone(),
        branch: pipeline.strategy.branch(&stage.name).to_owned(),
        console_url: console_url(&pipeline.cicd_region, &code_pipeline),
        code_pipeline,
        progress: progress(&states),
        approval,
    }
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
        changed_at: current
            .actions
            .iter()
            .filter_map(|action| action.changed_at)
            .max(),
        execution_id: current.execution_id.clone(),
        error,
    }
}

fn console_url(region: &Region, code_pipeline: &str) -> String {
    format!(
        "https://{region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{code_pipeline}/view?region={region}"
    )
}
