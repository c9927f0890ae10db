//! Events that mean a redeployment: requests on the platform's bus, the schedule, and what CloudFormation tells of the pipelines'
//! stacks. They come twice, late and out of order: the event's id is the redeployment's, and what is to be done is decided
//! when each pipeline has its turn.

use std::{collections::BTreeSet, fmt};

use domain::{
    Pointer, Problems, Result, clock,
    ids::RedeploymentId,
    input::{FromInput, Members},
    prefix::Prefix,
    redeployment::{Cause, Redeployment, Target},
    team::Username,
};
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::RecordRedeployments;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The redeployment that it means is recorded.
    Recorded(Box<Redeployment>),
    /// It is nothing that concerns a pipeline, for this reason.
    Ignored(&'static str),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded(redeployment) => {
                let Redeployment { id, target, .. } = redeployment.as_ref();
                write!(f, "redeployment {id} of ")?;
                match target {
                    Target::Pipeline(id) => write!(f, "the pipeline {id}"),
                    Target::Environment(id) => write!(f, "the pipelines of the environment {id}"),
                    Target::Strategy(strategy) => write!(f, "the {strategy} pipelines"),
                    Target::All => f.write_str("all pipelines"),
                }
            }
            Self::Ignored(reason) => write!(f, "ignored: {reason}"),
        }
    }
}

/// Records what `event`, in `EventBridge`'s envelope, asks of the platform `prefix`. Accepting an event again is success; one that
/// is malformed is [`domain::Error::Invalid`] with every problem.
pub async fn accept(
    store: &impl RecordRedeployments,
    prefix: &Prefix,
    event: &Value,
    now: OffsetDateTime,
) -> Result<Outcome> {
    let Event { id, time, requested } = read(prefix, event)?;
    let (target, cause, requested_by) = match requested {
        RequestedRedeployment::Redeploy {
            target,
            cause,
            requested_by,
        } => (target, cause, requested_by),
        RequestedRedeployment::Nothing(reason) => return Ok(Outcome::Ignored(reason)),
    };
    tell(&id, &target);
    let redeployment = Redeployment {
        id,
        target,
        cause,
        requested_by,
        // Whoever sends an event may date it ahead.
        requested_at: time.min(now),
        teams: None,
        // Events come from the platform's own operators and from rules; the function that takes them reads no pipelines.
        listed_for: BTreeSet::new(),
        cancellation: None,
    };
    // If one of this id came first, that one counts, whatever this one says.
    let recorded = store.record(&redeployment, None, None).await?;
    Ok(Outcome::Recorded(Box::new(recorded)))
}

/// Writes the target into the log.
fn tell(id: &RedeploymentId, target: &Target) {
    let span = tracing::Span::current();
    span.record("redeploymentId", id.as_str());
    match target {
        Target::Pipeline(id) => _ = span.record("pipelineId", id.as_str()),
        Target::Environment(id) => _ = span.record("environmentId", id.as_str()),
        Target::Strategy(_) | Target::All => {}
    }
}

/// An event that is well formed.
struct Event {
    id: RedeploymentId,
    time: OffsetDateTime,
    requested: RequestedRedeployment,
}

/// What an event asks for.
enum RequestedRedeployment {
    Redeploy {
        target: Target,
        cause: Cause,
        requested_by: Username,
    },
    /// Nothing, for this reason.
    Nothing(&'static str),
}

impl RequestedRedeployment {
    /// A redeployment that an event of `source` asks for.
    fn of(source: &str, target: Target, cause: Cause, problems: &mut Problems) -> Option<Self> {
        let requested_by = Username::parse(format!("event:{source}"))
            .map_err(|detail| problems.add(&Pointer::root().child("source"), detail))
            .ok()?;
        Some(Self::Redeploy {
            target,
            cause,
            requested_by,
        })
    }

    /// Reads what an event of this source and kind asks for.
    fn read(
        prefix: &Prefix,
        source: &str,
        kind: &str,
        members: &mut Members<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        match (source, kind) {
            ("aws.events", "Scheduled Event") => Self::of(source, Target::All, Cause::Scheduled, problems),
            ("aws.cloudformation", "CloudFormation Stack Status Change") => {
                let account_id = members.required("account", problems);
                let change: Option<StackChange> = members.required("detail", problems);
                let (account_id, change) = (account_id?, change?);
                if change.status != "DELETE_COMPLETE" {
                    return Some(Self::Nothing("the stack was not deleted"));
                }
                let Some(pipeline) = prefix.pipeline_of_stack(&change.stack_name) else {
                    return Some(Self::Nothing("the stack is no pipeline's"));
                };
                let cause = Cause::StackDeleted {
                    stack_id: change.stack_id,
                    account_id,
                };
                Self::of(source, Target::Pipeline(pipeline), cause, problems)
            }
            ("aws.cloudformation", _) => Some(Self::Nothing("no change of a stack's status")),
            (own, "Pipeline Redeploy Requested") if own == prefix.event_source() => {
                let target = members.required("detail", problems)?;
                Self::of(source, target, Cause::Requested, problems)
            }
            _ => {
                problems.add(
                    &members.at("detail-type"),
                    format!(
                        "is nothing that the platform takes from the source {source:?}; it takes Pipeline Redeploy Requested \
                         from {}, Scheduled Event from aws.events and CloudFormation Stack Status Change from aws.cloudformation",
                        prefix.event_source()
                    ),
                );
                None
            }
        }
    }
}

fn read(prefix: &Prefix, event: &Value) -> std::result::Result<Event, Problems> {
    let mut problems = Problems::none();
    let event = read_all(prefix, event, &mut problems);
    problems.finish(event)
}

/// Reads all parts, so that all problems are found. What else is in the envelope is AWS's, and no problem.
fn read_all(prefix: &Prefix, event: &Value, problems: &mut Problems) -> Option<Event> {
    let mut members = Members::of(event, &Pointer::root(), problems)?;
    let id = members.required("id", problems);
    let time = members.required("time", problems);
    let source: Option<String> = members.required("source", problems);
    let kind: Option<String> = members.required("detail-type", problems);
    let requested = RequestedRedeployment::read(prefix, &source?, &kind?, &mut members, problems);
    let (EventId(id), Time(time)) = (id?, time?);
    Some(Event {
        id,
        time,
        requested: requested?,
    })
}

/// An event's id, as a redeployment's.
struct EventId(RedeploymentId);

impl FromInput for EventId {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        RedeploymentId::parse(text.to_ascii_lowercase())
            .map(Self)
            .map_err(|_| problems.add(at, "must be an event's id: a UUID"))
            .ok()
    }
}

/// When an event happened.
struct Time(OffsetDateTime);

impl FromInput for Time {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        let time = OffsetDateTime::parse(&text, &Rfc3339)
            .ok()
            // Deployments' ids begin with the time, which they count from there.
            .filter(|time| *time >= OffsetDateTime::UNIX_EPOCH);
        if time.is_none() {
            problems.add(at, "must be a time after 1970 as in RFC 3339");
        }
        time.map(|time| Self(clock::to_millisecond(time.to_offset(UtcOffset::UTC))))
    }
}

/// What CloudFormation tells of a stack.
struct StackChange {
    stack_id: String,
    stack_name: String,
    status: String,
}

impl FromInput for StackChange {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let stack: Option<StackArn> = members.required("stack-id", problems);
        let status: Option<StatusDetails> = members.required("status-details", problems);
        let StackArn { arn, name } = stack?;
        Some(Self {
            stack_id: arn,
            stack_name: name,
            status: status?.0,
        })
    }
}

/// `arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid}`
struct StackArn {
    arn: String,
    name: String,
}

impl FromInput for StackArn {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let arn = String::from_input(value, at, problems)?;
        let name = arn
            .split_once(":stack/")
            .and_then(|(_, resource)| resource.split_once('/'))
            .map(|(name, _)| name.to_owned());
        if name.is_none() {
            problems.add(at, "must be a stack's ARN");
        }
        Some(Self { name: name?, arn })
    }
}

struct StatusDetails(String);

impl FromInput for StatusDetails {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        members.required("status", problems).map(Self)
    }
}
