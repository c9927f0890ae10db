//! One run, with what it did in each stage of its CodePipeline.

use std::collections::BTreeMap;

use domain::{
    Result,
    delivery::RunStatus,
    ids::{PipelineId, RunId, StageName},
    permissions::Caller,
};
use futures_util::{StreamExt as _, future::try_join3, stream};
use serde::Serialize;
use time::OffsetDateTime;

use super::{
    ActionFacts, ActionStatus, FindRun, Run, Scope,
    build_log::{BuildLog, ReadLogs},
    commits::{Commits, ReadCommits},
    masking::mask,
};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    pipelines::live_stages::CONCURRENT_QUESTIONS,
    platform::Platform,
    records::{EnvironmentsOfPipelines, Pipelines},
};

/// A run with what it did.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDetails {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// The stages of the CodePipeline that it has reached, in order.
    pub stages: Vec<RunStage>,
}

/// What a run did in a stage of the CodePipeline.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunStage {
    /// The stage's name in the CodePipeline.
    pub name: String,
    /// The pipeline's stage that it delivers, if it delivers one.
    pub stage: Option<StageName>,
    /// How far it is: of an action that was tried again the last try counts.
    pub status: ActionStatus,
    /// When it began.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it ended, if it has.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// What was done, in order: each try of each action.
    pub actions: Vec<RunAction>,
}

/// A try of an action.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunAction {
    /// The action.
    pub name: String,
    /// Who carries it out: `CodeBuild`, `CloudFormation`, `CodeCommit`, `Manual`.
    pub provider: String,
    /// Which try it is, from 1 on.
    pub attempt: usize,
    /// How it goes.
    pub status: ActionStatus,
    /// When it began.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it ended, if it has.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Its own words: a commit's message, or a person's comment.
    pub summary: Option<String>,
    /// Why it failed.
    pub error: Option<RunError>,
    /// Where AWS's console shows what it runs: a build, a stack.
    pub url: Option<String>,
    /// The end of the log: of a build that failed, its last try.
    pub log: Option<BuildLog>,
}

/// Why an action failed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunError {
    /// The service's name for it, such as `JobFailed`.
    pub code: Option<String>,
    /// What the service says.
    pub message: String,
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[
    Calls {
        on: On::CodePipelines,
        actions: &[
            "codepipeline:GetPipelineExecution",
            "codepipeline:ListPipelineExecutions",
            "codepipeline:ListActionExecutions",
        ],
    },
    Calls {
        on: On::Repository,
        actions: &["codecommit:BatchGetCommits"],
    },
    Calls {
        on: On::BuildLogs,
        actions: &["logs:GetLogEvents"],
    },
];

/// The run `run` of the pipeline `id`.
pub async fn get(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    runs: &impl FindRun,
    repositories: &impl ReadCommits,
    logs: &impl ReadLogs,
    platform: &Platform,
    caller: &Caller,
    (id, run): (&PipelineId, &RunId),
) -> Result<RunDetails> {
    let scope = Scope::of_reader(store, platform, caller, id, CALLS).await?;
    let (of, mut facts) = scope.find(runs, run).await?;
    let repository = scope.names().repository();
    let stop_reason = Box::pin(async {
        match facts.status {
            RunStatus::Stopping | RunStatus::Stopped => runs.stop_reason(&scope.session, &of.name, run).await,
            _ => Ok(None),
        }
    });
    let (actions, commits, stop_reason) = try_join3(
        runs.actions(&scope.session, &of.name, run),
        Commits::of(repositories, &scope.session, &repository, [&facts].into_iter()),
        stop_reason,
    )
    .await
    .map_err(|error| scope.session.explain(error))?;
    let commit = commits.commit(&facts);
    facts.stop_reason = stop_reason;
    facts.started_at = actions.iter().filter_map(|action| action.started_at).min();
    facts.updated_at = actions.iter().filter_map(|action| action.updated_at).max();
    let logs = logs_of_failed(logs, &scope, &actions).await;
    Ok(RunDetails {
        run: Run::new(facts, &of, commit, &scope),
        stages: stages(actions, logs, &scope),
    })
}

/// The ends of the logs of the builds that failed and were not tried again, by the builds' ids.
async fn logs_of_failed(
    logs: &impl ReadLogs,
    scope: &Scope,
    actions: &[ActionFacts],
) -> BTreeMap<String, BuildLog> {
    let failed = last_tries(actions)
        .into_values()
        .filter(|action| action.status == ActionStatus::Failed && action.provider == "CodeBuild")
        .filter_map(|action| action.external_id.as_deref());
    stream::iter(failed)
        .map(async |build| {
            let log = BuildLog::of(logs, &scope.session, scope.names(), build).await;
            (build.to_owned(), log)
        })
        .buffered(CONCURRENT_QUESTIONS)
        .collect()
        .await
}

/// The last try of each action, by the stage's and the action's names.
fn last_tries(actions: &[ActionFacts]) -> BTreeMap<(&str, &str), &ActionFacts> {
    let mut last: BTreeMap<(&str, &str), &ActionFacts> = BTreeMap::new();
    for action in actions {
        let kept = last
            .entry((action.stage.as_str(), action.name.as_str()))
            .or_insert(action);
        if action.started_at > kept.started_at {
            *kept = action;
        }
    }
    last
}

fn stages(
    mut actions: Vec<ActionFacts>,
    mut logs: BTreeMap<String, BuildLog>,
    scope: &Scope,
) -> Vec<RunStage> {
    actions.sort_by_key(|action| action.started_at);
    let mut stages: Vec<(String, Vec<ActionFacts>)> = Vec::new();
    for action in actions {
        match stages.iter_mut().find(|(name, _)| *name == action.stage) {
            Some((_, actions)) => actions.push(action),
            None => stages.push((action.stage.clone(), vec![action])),
        }
    }
    stages
        .into_iter()
        .map(|(name, actions)| {
            let status = together(last_tries(&actions).into_values().map(|action| action.status));
            let ours = scope.pipeline.stages.iter();
            let ours = ours
                .map(|stage| &stage.name)
                .find(|stage| scope.pipeline.strategy.delivers(&name, stage));
            let mut tries: BTreeMap<String, usize> = BTreeMap::new();
            RunStage {
                stage: ours.cloned(),
                name,
                status,
                started_at: actions.iter().filter_map(|action| action.started_at).min(),
                ended_at: actions
                    .iter()
                    .filter_map(|action| action.updated_at)
                    .max()
                    .filter(|_| ended(status)),
                actions: actions
                    .into_iter()
                    .map(|action| {
                        let attempt = tries.entry(action.name.clone()).or_default();
                        *attempt += 1;
                        let log = action.external_id.as_ref().and_then(|build| logs.remove(build));
                        shown(action, *attempt, log)
                    })
                    .collect(),
            }
        })
        .collect()
}

fn shown(action: ActionFacts, attempt: usize, log: Option<BuildLog>) -> RunAction {
    let failed = action.status == ActionStatus::Failed;
    let error = failed.then(|| RunError {
        code: action.error_code,
        // The services repeat what a build has said, with whatever was in it.
        message: mask(
            action
                .error_message
                .as_deref()
                .or(action.summary.as_deref())
                .unwrap_or("the service gives no reason: the console may show more"),
        ),
    });
    RunAction {
        name: action.name,
        provider: action.provider,
        attempt,
        status: action.status,
        started_at: action.started_at,
        ended_at: action.updated_at.filter(|_| ended(action.status)),
        summary: action.summary.as_deref().map(mask),
        error,
        url: action.url,
        log,
    }
}

const fn ended(status: ActionStatus) -> bool {
    !matches!(
        status,
        ActionStatus::InProgress | ActionStatus::WaitingForApproval
    )
}

/// How far a stage is whose actions are that far.
fn together(statuses: impl Iterator<Item = ActionStatus>) -> ActionStatus {
    let telling = |status: &ActionStatus| match status {
        ActionStatus::Succeeded => 0,
        ActionStatus::Stopped => 1,
        ActionStatus::Failed => 2,
        ActionStatus::WaitingForApproval => 3,
        ActionStatus::InProgress => 4,
    };
    statuses.max_by_key(telling).unwrap_or(ActionStatus::InProgress)
}
