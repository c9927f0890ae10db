//! A step of a workflow: a state of a state machine, served by a function of its own.

use domain::{Result, event::Ended};
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

/// A step: it may run twice, half or late, looks at what is there and does what is missing.
pub trait Step {
    /// The state's name in the state machine.
    const NAME: &'static str;
    /// What the state gives to the step. What a later version adds to it is ignored.
    type Input: DeserializeOwned;
    /// What the step answers.
    type Output: Serialize;

    /// Runs the step at the time `now`.
    fn run(&self, input: Self::Input, now: OffsetDateTime) -> impl Future<Output = Result<Self::Output>>;

    /// How the deployment has ended, for the steps that end one.
    fn ended(_: &Self::Output) -> Option<&Ended> {
        None
    }
}
