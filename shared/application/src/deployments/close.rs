//! Closing the record of a deployment whose execution has ended without doing so itself: somebody stopped it, it took too long, or
//! its last step could not write.
//!
//! Step Functions tells of every execution that ends badly. Most have recorded that themselves, and announced it, and then nothing is
//! left to do.

use std::fmt;

use domain::{
    Error, Pointer, Problems, Result,
    deployment::{Deployment, Failure, RunOutcome},
    event::Ended,
    input::{FromInput, Members},
};
use serde_json::Value;
use time::OffsetDateTime;

use super::{complete::complete, get::History, start::WorkflowInput};
use crate::{
    records::CommitPipelines,
    workflow::{
        record_deletion::{ExpireHistory, expire_if_deleted},
        record_outcome::{Caught, RecordOutcomeInput, State, outcome},
    },
};

/// Sends the event by which a deployment ends.
pub trait AnnounceEnd: Sync {
    /// Puts `event` on the platform's bus.
    fn announce_end(&self, event: &Ended) -> impl Future<Output = Result<()>> + Send;
}

/// What became of an execution's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The deployment is recorded as failed now.
    Recorded,
    /// Its own last step had recorded how it ended.
    Already,
    /// Its own last step had recorded how it ended, and now that is announced: the execution came no further.
    Announced,
    /// There is no record of it.
    Gone,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recorded => "the deployment is recorded as failed",
            Self::Already => "its last step had recorded it",
            Self::Announced => "its last step had recorded it, and now it is announced",
            Self::Gone => "there is no record of the deployment",
        })
    }
}

/// What closing records works with.
#[derive(Debug)]
pub struct CloseDeployments<'a, S, H, A> {
    /// The records.
    pub store: &'a S,
    /// What executions did.
    pub history: &'a H,
    /// The platform's bus.
    pub bus: &'a A,
}

impl<S: CommitPipelines + ExpireHistory, H: History, A: AnnounceEnd> CloseDeployments<'_, S, H, A> {
    /// Closes the record of the deployment whose execution `event` tells the end of, in `EventBridge`'s envelope. Closing it again is
    /// success. The end is announced at least once.
    pub async fn close(&self, event: &Value, now: OffsetDateTime) -> Result<Closed> {
        let EndedExecution { arn, input, end } = read(event)?;
        let span = tracing::Span::current();
        span.record("pipelineId", input.pipeline_id.as_str());
        span.record("deploymentId", input.deployment_id.as_str());
        let Some(pipeline) = self.store.pipeline(&input.pipeline_id).await? else {
            return Ok(Closed::Gone);
        };
        expire_if_deleted(self.store, &pipeline, now).await?;
        let recorded = self.store.deployment(&pipeline.id, &input.deployment_id).await?;
        let Some(recorded) = recorded else {
            return Ok(Closed::Gone);
        };
        if recorded.status.ended() {
            if !end.may_be_unannounced() {
                return Ok(Closed::Already);
            }
            self.bus.announce_end(&Ended::of(&pipeline, &recorded)).await?;
            return Ok(Closed::Announced);
        }
        let run = RecordOutcomeInput {
            execution_arn: arn,
            state: State::unknown(input.pipeline_id, input.deployment_id),
        };
        let run = outcome(self.history, recorded, &run).await;
        let failure = end.failure(&run);
        let ended = run.failed(failure, now);
        // First, for if this comes again, the record says already that it has ended.
        self.bus.announce_end(&Ended::of(&pipeline, &ended)).await?;
        complete(self.store, &ended, &RunOutcome::default(), now).await?;
        Ok(Closed::Recorded)
    }
}

/// An execution of the workflow that has ended badly.
struct EndedExecution {
    arn: String,
    input: WorkflowInput,
    end: End,
}

/// How an execution has ended badly.
enum End {
    Failed(Caught),
    TimedOut,
    Aborted,
}

impl End {
    /// Whether the execution may have ended between its last step and the announcement.
    fn may_be_unannounced(&self) -> bool {
        match self {
            Self::Failed(caught) => caught.error.starts_with("EventBridge."),
            Self::TimedOut | Self::Aborted => true,
        }
    }

    fn failure(&self, run: &Deployment) -> Failure {
        let again = run.again();
        match self {
            Self::Failed(caught) => caught.explained(run),
            Self::TimedOut => Failure::from(&Error::ExecutionTimedOut { again }),
            Self::Aborted => Failure::from(&Error::ExecutionStopped { again }),
        }
    }
}

/// What an execution failed with. One that could not record why shows the cause of that, and the error's name within it if a
/// function made it.
fn caught(error: Option<String>, cause: Option<String>) -> Caught {
    let error = error.unwrap_or_else(|| "Internal".to_owned());
    let by_a_function = || {
        let told: Value = serde_json::from_str(cause.as_deref()?).ok()?;
        Some(told.get("errorType")?.as_str()?.to_owned())
    };
    let named = by_a_function().filter(|_| error == UNRECORDED);
    Caught {
        error: named.unwrap_or(error),
        cause,
    }
}

/// How the workflow ends if it cannot record a failure.
const UNRECORDED: &str = "FailureNotRecorded";

fn read(event: &Value) -> Result<EndedExecution> {
    let mut problems = Problems::none();
    let detail = Members::of(event, &Pointer::root(), &mut problems)
        .and_then(|mut members| members.required::<EndedExecution>("detail", &mut problems));
    Ok(problems.finish(detail)?)
}

impl FromInput for EndedExecution {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let arn = members.required("executionArn", problems);
        let status: Option<String> = members.required("status", problems);
        // Step Functions leaves an input out that is too long for an event; the platform's own are a few hundred characters.
        let input: Option<String> = members.required("input", problems);
        let text = |member: &str| Some(value.get(member)?.as_str()?.to_owned());
        let end = match status?.as_str() {
            "FAILED" => End::Failed(caught(text("error"), text("cause"))),
            "TIMED_OUT" => End::TimedOut,
            "ABORTED" => End::Aborted,
            _ => {
                problems.add(&at.child("status"), "must be FAILED, TIMED_OUT or ABORTED");
                return None;
            }
        };
        let input = serde_json::from_str(&input?)
            .map_err(|error| {
                problems.add(
                    &at.child("input"),
                    format!("is no input of the workflow: {error}"),
                );
            })
            .ok()?;
        Some(Self {
            arn: arn?,
            input,
            end,
        })
    }
}
