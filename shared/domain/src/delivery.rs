//! How a pipeline's runs go, from `CodePipeline`'s events: which run is the newest, and which approvals wait.
//!
//! Events come twice, late and in any order. So of all that events say of a run the greatest is kept, by the run's attempt,
//! the event's time (whole seconds) and what comes after what within a second: merging is commutative,
//! associative and idempotent, and whatever the order, the same is kept in the end.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    ids::{RunId, StageName},
    pipeline::Pipeline,
    team::TeamName,
};

/// How many days a run is remembered after the last event about it: longer than any event can be late.
pub const RUN_DAYS: u32 = 90;

/// Where a run is, in the order in which states follow each other within a second.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunStatus {
    /// It is under way, or waits for a person.
    InProgress,
    /// Somebody has asked for its end.
    Stopping,
    /// Somebody stopped it.
    Stopped,
    /// A newer run overtook it.
    Superseded,
    /// The `CodePipeline` was redefined under it.
    Cancelled,
    /// It failed, or a person rejected it.
    Failed,
    /// It got through.
    Succeeded,
}

impl RunStatus {
    /// Whether nothing more happens in the run, unless somebody retries it.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::InProgress | Self::Stopping)
    }
}

/// The last known state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunState {
    /// How often the run has been tried.
    pub attempt: u32,
    /// When it came about, by the event.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub status: RunStatus,
}

/// Where an approval is, in the order in which states follow each other within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ApprovalStatus {
    /// It waits for a person.
    Waiting,
    /// Nobody answers it any more: its run was stopped.
    Abandoned,
    /// A person said no, or nobody answered in time.
    Rejected,
    /// A person said yes.
    Approved,
}

/// The last known state of an approval.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApprovalState {
    /// How often the run has been tried.
    pub attempt: u32,
    /// When it came about, by the event.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub status: ApprovalStatus,
    /// The stage that is approved.
    pub stage: StageName,
    /// Who may answer: the team of the stage's environment.
    pub team: TeamName,
}

/// What is remembered of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub run_id: RunId,
    /// The `CodePipeline` that it is an execution of.
    pub code_pipeline: String,
    /// The stage that the `CodePipeline` delivers, if it is one for each stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageName>,
    /// When it began; none while only an approval of it is known.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<OffsetDateTime>,
    /// What was told of it last; none while only an approval of it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RunState>,
    /// Its approvals by the `CodePipeline`'s stage and action.
    #[serde(default)]
    pub approvals: BTreeMap<String, ApprovalState>,
    /// What the platform has announced of it.
    #[serde(default)]
    pub announced: BTreeSet<String>,
    /// How often the record was written.
    #[serde(default)]
    pub version: u32,
}

impl Run {
    /// A run that nothing is known of but that it is there.
    #[must_use]
    pub const fn new(run_id: RunId, code_pipeline: String, stage: Option<StageName>) -> Self {
        Self {
            run_id,
            code_pipeline,
            stage,
            started_at: None,
            state: None,
            approvals: BTreeMap::new(),
            announced: BTreeSet::new(),
            version: 0,
        }
    }

    /// Takes in a state of the run itself, and that it began at `started_at`: the earliest of all counts.
    pub fn went(&mut self, state: RunState, started_at: OffsetDateTime) {
        self.state = self.state.max(Some(state));
        self.started_at = Some(self.started_at.unwrap_or(started_at).min(started_at));
    }

    /// Takes in a state of the approval `action`.
    pub fn approval_went(&mut self, action: &str, state: ApprovalState) {
        match self.approvals.get_mut(action) {
            Some(known) if *known < state => *known = state,
            Some(_) => {}
            None => _ = self.approvals.insert(action.to_owned(), state),
        }
    }

    /// Whether the approval `action` waits.
    #[must_use]
    pub fn waits(&self, action: &str) -> bool {
        let approval = self.approvals.get(action);
        approval.is_some_and(|approval| self.is_waiting(approval))
    }

    fn is_waiting(&self, approval: &ApprovalState) -> bool {
        let ended = self.state.is_some_and(|state| {
            state.status.has_ended() && (state.attempt, state.at) >= (approval.attempt, approval.at)
        });
        approval.status == ApprovalStatus::Waiting && !ended
    }

    /// What waits for a person.
    fn waiting(&self) -> impl Iterator<Item = Waiting> {
        let waiting = self
            .approvals
            .values()
            .filter(|approval| self.is_waiting(approval));
        waiting.map(|approval| Waiting {
            stage: approval.stage.clone(),
            since: approval.at,
            run_id: self.run_id.clone(),
            team: approval.team.clone(),
        })
    }

    /// None while only an approval of the run is known: before its start is known, nobody can say whether it is the newest.
    fn summary(&self) -> Option<RunSummary> {
        let (state, started_at) = (self.state?, self.started_at?);
        let approvals = self.approvals.values().map(|approval| approval.at);
        let updated_at = approvals.fold(state.at, OffsetDateTime::max);
        Some(RunSummary {
            run_id: self.run_id.clone(),
            code_pipeline: self.code_pipeline.clone(),
            stage: self.stage.clone(),
            status: state.status,
            started_at,
            // The start has milliseconds, events have whole seconds.
            updated_at: updated_at.max(started_at),
        })
    }
}

/// A run as the pipeline's record shows it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Its id.
    pub run_id: RunId,
    /// The `CodePipeline` that it is an execution of.
    pub code_pipeline: String,
    /// The stage that the `CodePipeline` delivers, in gitflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageName>,
    /// Where it is.
    pub status: RunStatus,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When something last happened in it.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// An approval that waits for a person.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = WaitingApproval))]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// The stage.
    pub stage: StageName,
    /// The run.
    pub run_id: RunId,
    /// Who may answer: the team of the stage's environment.
    pub team: TeamName,
}

/// What is kept of a pipeline's runs beside its record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The newest run of each `CodePipeline`, by its name.
    #[serde(default)]
    pub runs: BTreeMap<String, RunSummary>,
    /// What waits, in whichever run, since the longest first.
    #[serde(default)]
    pub waiting: Vec<Waiting>,
    /// How often the record was written.
    #[serde(default)]
    pub version: u32,
}

impl Delivery {
    /// Takes in what is known of `run` now.
    pub fn take_in(&mut self, run: &Run) {
        if let Some(told) = run.summary() {
            let known = self.runs.get(&run.code_pipeline);
            let newest = known.is_none_or(|known| {
                known.run_id == told.run_id
                    || (known.started_at, &known.run_id) < (told.started_at, &told.run_id)
            });
            if newest {
                self.runs.insert(run.code_pipeline.clone(), told);
            }
        }
        self.waiting.retain(|waiting| waiting.run_id != run.run_id);
        self.waiting.extend(run.waiting());
        self.waiting.sort_unstable();
    }

    /// The newest run of all that deliver stages of `pipeline`.
    #[must_use]
    pub fn newest_run(&self, pipeline: &Pipeline) -> Option<&RunSummary> {
        let is_there = |run: &&RunSummary| run.stage.as_ref().is_none_or(|stage| has(pipeline, stage));
        let runs = self.runs.values().filter(is_there);
        runs.max_by_key(|run| (run.started_at, &run.run_id))
    }

    /// What waits before the stages of `pipeline`. A stage holds one run at a time: the last that came to it.
    #[must_use]
    pub fn waiting_before_stages(&self, pipeline: &Pipeline) -> Vec<Waiting> {
        let last = |waiting: &Waiting| {
            let mut others = self.waiting.iter();
            !others.any(|other| other.stage == waiting.stage && other > waiting)
        };
        let waiting = self
            .waiting
            .iter()
            .filter(|waiting| has(pipeline, &waiting.stage));
        waiting.filter(|waiting| last(waiting)).cloned().collect()
    }
}

fn has(pipeline: &Pipeline, stage: &StageName) -> bool {
    pipeline.stages.iter().any(|known| known.name == *stage)
}
