//! How a call of a service fails.

use domain::{Error, Result};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Throttled,
    /// The service did not get the request.
    Before,
    /// The service did all of it, and the answer was lost.
    AnswerLost,
}

impl Fault {
    pub(crate) const ALL: [Self; 3] = [Self::Throttled, Self::Before, Self::AnswerLost];

    /// What comes of a call that fails in this way and would have had this `effect`.
    pub(crate) fn strike<T>(self, operation: &'static str, effect: impl FnOnce() -> Result<T>) -> Result<T> {
        let source = "injected".into();
        Err(match self {
            Self::Throttled => Error::Throttled { operation, source },
            Self::Before => Error::ServiceUnavailable { operation, source },
            Self::AnswerLost => {
                effect()?;
                Error::ServiceUnavailable { operation, source }
            }
        })
    }
}
