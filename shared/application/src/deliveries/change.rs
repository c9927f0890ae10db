//! `CodePipeline`'s events, read.

use domain::{
    Pointer, Problems,
    account::{AccountId, Region},
    clock,
    delivery::{ApprovalStatus, RunStatus},
    ids::RunId,
    input::{FromInput, Members},
};
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A change of a run that is well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The account in which it happened; `EventBridge` says so, and nobody else can.
    pub account_id: AccountId,
    /// The region in which it happened.
    pub region: Region,
    /// When, in whole seconds.
    pub at: OffsetDateTime,
    /// The `CodePipeline`.
    pub code_pipeline: String,
    /// The run.
    pub run_id: RunId,
    /// How often the run has been tried.
    pub attempt: u32,
    /// What changed.
    pub what: What,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The run itself.
    Run {
        /// Where it is now.
        status: RunStatus,
        /// When it began.
        started_at: OffsetDateTime,
    },
    /// An approval.
    Approval {
        /// Where it is now.
        status: ApprovalStatus,
        /// The `CodePipeline`'s stage.
        stage: String,
        /// The action.
        action: String,
        /// What `CodePipeline` says of the answer.
        summary: Option<String>,
    },
}

/// What an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A change that is kept.
    Change(Box<Change>),
    /// Nothing that is kept, for this reason.
    Nothing(&'static str),
}

/// Reads `event`, in `EventBridge`'s envelope. What else is in it is AWS's, and no problem.
pub fn read(event: &Value) -> Result<Read, Problems> {
    let mut problems = Problems::none();
    let read = read_all(event, &mut problems);
    problems.finish(read)
}

fn read_all(event: &Value, problems: &mut Problems) -> Option<Read> {
    let mut members = Members::of(event, &Pointer::root(), problems)?;
    let account_id = members.required("account", problems);
    let region = members.required("region", problems);
    let at = members.required("time", problems);
    let source: Option<String> = members.required("source", problems);
    let kind: Option<String> = members.required("detail-type", problems);
    let (source, kind) = (source?, kind?);
    if source != "aws.codepipeline" {
        problems.add(&members.at("source"), "must be aws.codepipeline");
        return None;
    }
    let kind = match kind.as_str() {
        "CodePipeline Pipeline Execution State Change" => Kind::Run,
        "CodePipeline Action Execution State Change" => Kind::Action,
        _ => return Some(Read::Nothing("no change of a run or an action")),
    };
    let detail = members.value("detail").cloned().unwrap_or_default();
    let detail_at = members.at("detail");
    let mut detail = Members::of(&detail, &detail_at, problems)?;
    let code_pipeline = detail.required("pipeline", problems);
    let run_id = detail.required("execution-id", problems);
    let attempt: Option<Option<Attempt>> = detail.optional("pipeline-execution-attempt", problems);
    let told: Option<String> = detail.required("state", problems);
    let (Time(at), told) = (at?, told?);
    let what = match kind {
        Kind::Run => {
            let started_at: Option<Option<Time>> = detail.optional("start-time", problems);
            run_status(&told).map(|status| {
                started_at.map(|started_at| What::Run {
                    status,
                    started_at: started_at.map_or(at, |Time(started_at)| started_at),
                })
            })
        }
        Kind::Action => {
            let category: Option<Category> = detail.required("type", problems);
            let stage = detail.required("stage", problems);
            let action = detail.required("action", problems);
            let result: Option<Option<Summary>> = detail.optional("execution-result", problems);
            if category.as_ref()?.0 != "Approval" {
                return Some(Read::Nothing("no approval"));
            }
            approval_status(&told).map(|status| {
                Some(What::Approval {
                    status,
                    stage: stage?,
                    action: action?,
                    summary: result?.and_then(|Summary(summary)| summary),
                })
            })
        }
    };
    let Some(what) = what else {
        return Some(Read::Nothing("a state that means nothing here"));
    };
    Some(Read::Change(Box::new(Change {
        account_id: account_id?,
        region: region?,
        at,
        code_pipeline: code_pipeline?,
        run_id: run_id?,
        attempt: attempt?.map_or(1, |Attempt(attempt)| attempt),
        what: what?,
    })))
}

#[derive(Clone, Copy)]
enum Kind {
    Run,
    Action,
}

fn run_status(state: &str) -> Option<RunStatus> {
    Some(match state {
        "STARTED" | "RESUMED" => RunStatus::InProgress,
        "STOPPING" => RunStatus::Stopping,
        "STOPPED" => RunStatus::Stopped,
        "SUPERSEDED" => RunStatus::Superseded,
        "CANCELED" | "CANCELLED" => RunStatus::Cancelled,
        "FAILED" => RunStatus::Failed,
        "SUCCEEDED" => RunStatus::Succeeded,
        _ => return None,
    })
}

fn approval_status(state: &str) -> Option<ApprovalStatus> {
    Some(match state {
        "STARTED" => ApprovalStatus::Waiting,
        "ABANDONED" | "CANCELED" | "CANCELLED" => ApprovalStatus::Abandoned,
        "FAILED" => ApprovalStatus::Rejected,
        "SUCCEEDED" => ApprovalStatus::Approved,
        _ => return None,
    })
}

/// When something happened.
struct Time(OffsetDateTime);

impl FromInput for Time {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        OffsetDateTime::parse(&text, &Rfc3339)
            .map(|time| Self(clock::to_millisecond(time.to_offset(UtcOffset::UTC))))
            .map_err(|_| problems.add(at, "must be a time as in RFC 3339"))
            .ok()
    }
}

/// How often a run has been tried: `CodePipeline` writes it as a decimal fraction, `1.0`.
struct Attempt(u32);

impl FromInput for Attempt {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let number = value.as_f64().filter(|number| (1.0..1e6).contains(number));
        if number.is_none() {
            problems.add(at, "must be a number from 1");
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and a million"
        )]
        number.map(|number| Self(number as u32))
    }
}

/// What kind of action it is.
struct Category(String);

impl FromInput for Category {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        members.required("category", problems).map(Self)
    }
}

/// What an action says of its end.
struct Summary(Option<String>);

impl FromInput for Summary {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        members.optional("external-execution-summary", problems).map(Self)
    }
}
