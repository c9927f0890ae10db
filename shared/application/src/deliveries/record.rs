//! Keeping what an event of `CodePipeline` tells, and telling it on.
//!
//! The record is written first. Then the platform's own event is sent, then it is written down that it was: if this dies in
//! between, the event comes again, and so does ours. So ours comes at least once, and normally once.

use std::fmt;

use domain::{
    Error, Result,
    delivery::{ApprovalState, ApprovalStatus, Delivery, Run, RunState, RunStatus},
    event::{RunEnded, RunEvent, RunFacts, StageAnswered, StageWaiting, Version},
    ids::{PipelineId, RunId, StageName},
    names::PipelineNames,
    pipeline::{Pipeline, PipelineStatus, Stage},
    prefix::Prefix,
    strategy::CodePipeline,
    team::Username,
};
use futures_util::future::try_join;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::change::{self, Change, Read, What};
use crate::{
    pipelines::live_stages,
    records::{Environments, Pipelines},
};

/// So often is tried when other events about the pipeline are in the way.
const ATTEMPTS: u32 = 5;

/// Keeps what is known of pipelines' runs.
pub trait RecordRuns: Pipelines + Environments {
    /// What is known of a run, read consistently.
    fn run(&self, pipeline: &PipelineId, run: &RunId) -> impl Future<Output = Result<Option<Run>>> + Send;

    /// What is kept beside the pipeline's record, read consistently.
    fn delivery(&self, pipeline: &PipelineId) -> impl Future<Output = Result<Option<Delivery>>> + Send;

    /// How a stage of a run was answered through the platform, if it was.
    fn answer(
        &self,
        pipeline: &PipelineId,
        run: &RunId,
        stage: &StageName,
    ) -> impl Future<Output = Result<Option<Answer>>> + Send;

    /// Writes both, which were read at these versions. [`Error::ConcurrentChange`] if they are at others now, or the pipeline was
    /// deleted.
    fn keep(
        &self,
        pipeline: &PipelineId,
        run: &Run,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Writes down that `announcement` of `run` was sent.
    fn announced(
        &self,
        pipeline: &PipelineId,
        run: &RunId,
        announcement: &str,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Sends the platform's events.
pub trait Announce: Sync {
    /// Puts `event` on the platform's bus.
    fn announce(&self, event: &RunEvent) -> impl Future<Output = Result<()>> + Send;
}

/// How a person answered an approval through the platform, as far as it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// `APPROVED` or `REJECTED`.
    pub decision: String,
    /// Who answered.
    pub by: Username,
    /// What that person wrote.
    #[serde(default)]
    pub comment: Option<String>,
    /// The commit that was judged.
    #[serde(default)]
    pub commit_id: Option<String>,
    /// How far it got: `REFUSED` if CodePipeline did not take it, for somebody else was faster.
    #[serde(default)]
    pub status: Option<String>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept; this was announced.
    Kept(Option<&'static str>),
    /// It is nothing that is kept, for this reason.
    Ignored(&'static str),
    /// It is about a pipeline's `CodePipeline` and comes from somewhere else.
    Foreign,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(Some(told)) => write!(f, "kept, and told: {told}"),
            Self::Kept(None) => f.write_str("kept"),
            Self::Ignored(reason) => write!(f, "ignored: {reason}"),
            // Counted by this word: infra/template.yaml.
            Self::Foreign => f.write_str(
                "foreign: not from the CICD account and region of a pipeline with this CodePipeline",
            ),
        }
    }
}

/// Keeps what `event`, in `EventBridge`'s envelope, tells the platform `prefix` about a run, and announces it. One that is malformed
/// is [`Error::Invalid`] with every problem.
///
/// Every linked account may send events, so a name proves nothing: the event's account and region, which `EventBridge` vouches
/// for, must be those of the pipeline's CICD environment.
pub async fn record(
    store: &impl RecordRuns,
    bus: &impl Announce,
    prefix: &Prefix,
    event: &Value,
) -> Result<Outcome> {
    let change = match change::read(event)? {
        Read::Change(change) => change,
        Read::Nothing(reason) => return Ok(Outcome::Ignored(reason)),
    };
    let candidates = prefix.pipelines_of_code_pipeline(&change.code_pipeline);
    if candidates.is_empty() {
        return Ok(Outcome::Ignored("the CodePipeline is no pipeline's"));
    }
    for id in candidates {
        let Some(pipeline) = store.pipeline(&id).await? else {
            continue;
        };
        let place = (&pipeline.cicd_account_id, &pipeline.cicd_region);
        if place != (&change.account_id, &change.region) {
            continue;
        }
        let names = PipelineNames::of(prefix, &pipeline);
        let stages = pipeline.stages.iter().map(|stage| &stage.name);
        let code_pipelines = pipeline.strategy.code_pipelines(names, stages);
        let its = |code_pipeline: &CodePipeline| code_pipeline.name == change.code_pipeline;
        let Some(code_pipeline) = code_pipelines.into_iter().find(its) else {
            continue;
        };
        tracing::Span::current().record("pipelineId", id.as_str());
        if pipeline.status == PipelineStatus::Deleted {
            return Ok(Outcome::Ignored("the pipeline is deleted"));
        }
        return keep(store, bus, &code_pipeline, &pipeline, &change).await;
    }
    Ok(Outcome::Foreign)
}

async fn keep(
    store: &impl RecordRuns,
    bus: &impl Announce,
    code_pipeline: &CodePipeline,
    pipeline: &Pipeline,
    change: &Change,
) -> Result<Outcome> {
    let subject = match subject(store, pipeline, change).await? {
        Ok(subject) => subject,
        Err(reason) => return Ok(Outcome::Ignored(reason)),
    };
    let mut tried = 1;
    loop {
        match keep_once(store, bus, code_pipeline, pipeline, change, &subject).await {
            Err(Error::ConcurrentChange(_)) if tried < ATTEMPTS => tried += 1,
            settled => return settled.map(Outcome::Kept),
        }
    }
}

/// The part of the run that the event is about.
enum Subject {
    /// The run itself, which began then.
    Run(RunState, OffsetDateTime),
    /// An approval, by its stage and action in the `CodePipeline`.
    Approval(String, ApprovalState),
}

async fn subject(
    store: &impl RecordRuns,
    pipeline: &Pipeline,
    change: &Change,
) -> Result<std::result::Result<Subject, &'static str>> {
    let (attempt, at) = (change.attempt, change.at);
    match &change.what {
        What::Run { status, started_at } => {
            let status = *status;
            let state = RunState { attempt, at, status };
            Ok(Ok(Subject::Run(state, *started_at)))
        }
        What::Approval {
            status,
            stage: its_stage,
            action,
            ..
        } => {
            let delivers = |stage: &&Stage| pipeline.strategy.delivers(its_stage, &stage.name);
            let Some(stage) = pipeline.stages.iter().find(delivers) else {
                return Ok(Err("the approval is none of the pipeline's stages'"));
            };
            let environment = store.environment(&stage.environment_id).await?;
            let environment = environment.ok_or_else(|| {
                Error::Internal(format!(
                    "the environment {} of the pipeline {} has no record",
                    stage.environment_id, pipeline.id
                ))
            })?;
            let approval = ApprovalState {
                attempt,
                at,
                status: *status,
                stage: stage.name.clone(),
                team: environment.team,
            };
            Ok(Ok(Subject::Approval(format!("{its_stage}/{action}"), approval)))
        }
    }
}

/// Records the change and announces it. Returns what was announced.
async fn keep_once(
    store: &impl RecordRuns,
    bus: &impl Announce,
    code_pipeline: &CodePipeline,
    pipeline: &Pipeline,
    change: &Change,
    subject: &Subject,
) -> Result<Option<&'static str>> {
    let (id, run_id) = (&pipeline.id, &change.run_id);
    let (known, kept) = try_join(store.run(id, run_id), store.delivery(id)).await?;
    let mut run = known.clone().unwrap_or_else(|| {
        Run::new(
            run_id.clone(),
            code_pipeline.name.clone(),
            code_pipeline.stage.clone(),
        )
    });
    match subject {
        Subject::Run(state, started_at) => run.went(*state, *started_at),
        Subject::Approval(action, state) => run.approval_went(action, state.clone()),
    }
    let mut delivery = kept.clone().unwrap_or_default();
    delivery.take_in(&run);
    if known.as_ref() != Some(&run) || kept.as_ref() != Some(&delivery) {
        store.keep(id, &run, &delivery).await?;
    }
    let Some(announcement) = announcement(&run, subject) else {
        return Ok(None);
    };
    if run.announced.contains(&announcement) {
        return Ok(None);
    }
    let Some(event) = event(store, pipeline, &run, change, subject).await? else {
        return Ok(None);
    };
    bus.announce(&event).await?;
    store.announced(id, run_id, &announcement).await?;
    Ok(Some(event.detail_type()))
}

/// By what it is known that this was announced already; none if it is nothing that is announced. Each attempt of a run may wait, fail and
/// succeed once.
fn announcement(run: &Run, subject: &Subject) -> Option<String> {
    match subject {
        Subject::Run(state, _) => {
            let what = match state.status {
                RunStatus::Failed => "FAILED",
                RunStatus::Succeeded => "SUCCEEDED",
                RunStatus::InProgress
                | RunStatus::Stopping
                | RunStatus::Stopped
                | RunStatus::Superseded
                | RunStatus::Cancelled => return None,
            };
            Some(format!("{what}#{}", state.attempt))
        }
        Subject::Approval(action, state) => {
            let what = match state.status {
                // What came late and waits no more would only have people look for it.
                ApprovalStatus::Waiting if run.waits(action) => "WAITING",
                ApprovalStatus::Approved => "APPROVED",
                ApprovalStatus::Rejected => "REJECTED",
                ApprovalStatus::Waiting | ApprovalStatus::Abandoned => return None,
            };
            Some(format!("{what}#{}#{action}", state.attempt))
        }
    }
}

async fn event(
    store: &impl RecordRuns,
    pipeline: &Pipeline,
    run: &Run,
    change: &Change,
    subject: &Subject,
) -> Result<Option<RunEvent>> {
    let facts = RunFacts {
        version: Version::One,
        pipeline_id: pipeline.id.clone(),
        pipeline_name: pipeline.name.clone(),
        team: pipeline.team.clone(),
        strategy: pipeline.strategy,
        code_pipeline: run.code_pipeline.clone(),
        run_id: run.run_id.clone(),
        attempt: change.attempt,
        started_at: run.started_at,
        console_url: live_stages::console_url(&pipeline.cicd_region, &run.code_pipeline),
    };
    let state = match subject {
        Subject::Approval(_, state) => state,
        Subject::Run(state, _) => {
            let ended = RunEnded {
                run: facts,
                stage: run.stage.clone(),
                // The start has milliseconds, the end only whole seconds.
                ended_at: run
                    .started_at
                    .map_or(state.at, |started_at| state.at.max(started_at)),
            };
            return Ok(match state.status {
                RunStatus::Succeeded => Some(RunEvent::Succeeded(ended)),
                RunStatus::Failed => Some(RunEvent::Failed(ended)),
                _ => None,
            });
        }
    };
    let decision = match state.status {
        ApprovalStatus::Waiting => {
            return Ok(Some(RunEvent::Waiting(StageWaiting {
                approval_path: format!("/pipelines/{}/stages/{}/approval", pipeline.id, state.stage),
                run: facts,
                stage: state.stage.clone(),
                approval_team: state.team.clone(),
                waiting_since: state.at,
            })));
        }
        ApprovalStatus::Approved => "APPROVED",
        ApprovalStatus::Rejected => "REJECTED",
        ApprovalStatus::Abandoned => return Ok(None),
    };
    let answer = store.answer(&pipeline.id, &run.run_id, &state.stage).await?;
    // Neither an answer of an earlier attempt nor one that came too late is this one.
    let answer =
        answer.filter(|answer| answer.decision == decision && answer.status.as_deref() != Some("REFUSED"));
    let (by, comment, commit_id) = match answer {
        Some(answer) => (Some(answer.by), answer.comment, answer.commit_id),
        None => (None, None, None),
    };
    let comment = comment.filter(|comment| !comment.is_empty());
    let summary = match &change.what {
        What::Approval { summary, .. } => summary.clone(),
        What::Run { .. } => None,
    };
    let answered = StageAnswered {
        run: facts,
        stage: state.stage.clone(),
        approval_team: state.team.clone(),
        answered_at: state.at,
        by,
        comment,
        commit_id,
        summary,
    };
    Ok(Some(match state.status {
        ApprovalStatus::Approved => RunEvent::Approved(answered),
        _ => RunEvent::Rejected(answered),
    }))
}
