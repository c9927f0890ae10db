//! From an execution's events to the steps that people read.

use aws_sdk_sfn::types::{HistoryEvent, HistoryEventType as Event};
use domain::{Result, deployment::Step};
use time::OffsetDateTime;

use crate::time_of;

/// The wait for something that is not the workflow's own: people ask why nothing goes on.
const WAIT_FOR_RUN: &str = "WaitForRun";

/// The steps of an execution while its events are read. Only tasks are steps, and [`WAIT_FOR_RUN`]: other waits and choices
/// are how, not what.
/// A task that the workflow comes back to, as `CheckStack`, is one step with several attempts.
#[derive(Default)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// The step that runs, and whether its last attempt failed.
    present: Option<(usize, bool)>,
}

impl Steps {
    /// Takes the next event.
    pub(crate) fn add(&mut self, event: &HistoryEvent) -> Result<()> {
        match event.r#type {
            Event::TaskStateEntered => {
                if let Some(entered) = event.state_entered_event_details() {
                    let index = self.enter(entered.name(), time_of(event.timestamp)?);
                    self.present = Some((index, false));
                }
            }
            Event::WaitStateEntered => {
                if let Some(entered) = event.state_entered_event_details()
                    && entered.name() == WAIT_FOR_RUN
                {
                    let index = self.enter(entered.name(), time_of(event.timestamp)?);
                    self.steps[index].attempts += 1;
                    self.present = Some((index, false));
                }
            }
            Event::TaskScheduled | Event::LambdaFunctionScheduled => {
                if let Some((index, failed)) = &mut self.present {
                    self.steps[*index].attempts += 1;
                    *failed = false;
                }
            }
            Event::TaskFailed
            | Event::TaskTimedOut
            | Event::TaskStartFailed
            | Event::LambdaFunctionFailed
            | Event::LambdaFunctionTimedOut
            | Event::LambdaFunctionStartFailed => {
                if let Some((_, failed)) = &mut self.present {
                    *failed = true;
                }
            }
            Event::TaskStateExited
            | Event::WaitStateExited
            | Event::ExecutionFailed
            | Event::ExecutionTimedOut
            | Event::ExecutionAborted => {
                if let Some((index, failed)) = self.present.take() {
                    let failed =
                        failed || !matches!(event.r#type, Event::TaskStateExited | Event::WaitStateExited);
                    let step = &mut self.steps[index];
                    if failed { "FAILED" } else { "SUCCEEDED" }.clone_into(&mut step.status);
                    step.ended_at = Some(time_of(event.timestamp)?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The steps so far, in the order in which they began.
    pub(crate) fn finish(self) -> Vec<Step> {
        self.steps
    }

    fn enter(&mut self, name: &str, at: OffsetDateTime) -> usize {
        let index = self
            .steps
            .iter()
            .position(|step| step.name == name)
            .unwrap_or_else(|| {
                self.steps.push(Step {
                    name: name.to_owned(),
                    status: String::new(),
                    attempts: 0,
                    started_at: at,
                    ended_at: None,
                });
                self.steps.len() - 1
            });
        "RUNNING".clone_into(&mut self.steps[index].status);
        self.steps[index].ended_at = None;
        index
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sfn::{
        primitives::DateTime,
        types::{StateEnteredEventDetails, StateExitedEventDetails},
    };

    use super::*;

    fn steps(events: &[(Event, &str)]) -> Vec<Step> {
        let mut steps = Steps::default();
        for (second, (kind, name)) in (0_i64..).zip(events) {
            let event = HistoryEvent::builder()
                .timestamp(DateTime::from_secs(second))
                .r#type(kind.clone())
                .id(second)
                .state_entered_event_details(StateEnteredEventDetails::builder().name(*name).build().unwrap())
                .state_exited_event_details(StateExitedEventDetails::builder().name(*name).build().unwrap())
                .build()
                .unwrap();
            steps.add(&event).unwrap();
        }
        steps.finish()
    }

    #[test]
    fn a_step_that_is_retried_has_succeeded_in_the_end() {
        let steps = steps(&[
            (Event::TaskStateEntered, "Prepare"),
            (Event::LambdaFunctionScheduled, ""),
            (Event::LambdaFunctionFailed, ""),
            (Event::LambdaFunctionScheduled, ""),
            (Event::LambdaFunctionSucceeded, ""),
            (Event::TaskStateExited, "Prepare"),
        ]);
        assert_eq!((steps[0].status.as_str(), steps[0].attempts), ("SUCCEEDED", 2));
        assert_eq!(steps[0].ended_at.unwrap().unix_timestamp(), 5);
    }

    #[test]
    fn a_step_whose_failure_is_caught_has_failed() {
        let steps = steps(&[
            (Event::TaskStateEntered, "Prepare"),
            (Event::LambdaFunctionScheduled, ""),
            (Event::LambdaFunctionFailed, ""),
            (Event::TaskStateExited, "Prepare"),
            (Event::TaskStateEntered, "RecordFailure"),
        ]);
        assert_eq!(steps[0].status, "FAILED");
        assert_eq!((steps[1].status.as_str(), steps[1].ended_at), ("RUNNING", None));
    }

    #[test]
    fn waiting_for_a_run_is_a_step_and_other_waiting_is_none() {
        let wait = |name| [(Event::WaitStateEntered, name), (Event::WaitStateExited, name)];
        let task = |name| [(Event::TaskStateEntered, name), (Event::TaskStateExited, name)];
        let events = [
            task("DeployStack"),
            wait("WaitForRun"),
            task("DeployStack"),
            wait("WaitForStack"),
            wait("WaitForRun"),
        ]
        .concat();
        let found = steps(&events);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (
                found[1].name.as_str(),
                found[1].status.as_str(),
                found[1].attempts
            ),
            ("WaitForRun", "SUCCEEDED", 2)
        );
        let waiting = &steps(&events[..3])[1];
        assert_eq!((waiting.status.as_str(), waiting.ended_at), ("RUNNING", None));
    }

    #[test]
    fn a_step_that_is_come_back_to_is_one_step() {
        let visit = |name| {
            [
                (Event::TaskStateEntered, name),
                (Event::TaskScheduled, ""),
                (Event::TaskStateExited, name),
            ]
        };
        let steps = steps(&[visit("CheckStack"), visit("DeployStack"), visit("CheckStack")].concat());
        assert_eq!(
            steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(),
            ["CheckStack", "DeployStack"]
        );
        assert_eq!(steps[0].attempts, 2);
        assert_eq!(steps[0].started_at.unix_timestamp(), 0);
    }
}
