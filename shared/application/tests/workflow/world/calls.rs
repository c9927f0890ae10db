//! Calls: which were made, and which one fails how.

use std::sync::Mutex;

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
}

#[derive(Default)]
pub(crate) struct Calls {
    made: Mutex<Vec<&'static str>>,
    fault: Option<(usize, Fault)>,
}

impl Calls {
    pub(crate) fn with_fault(at: usize, fault: Fault) -> Self {
        Self {
            made: Mutex::default(),
            fault: Some((at, fault)),
        }
    }

    pub(crate) fn made(&self) -> Vec<&'static str> {
        self.made.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.made.lock().unwrap().clear();
    }

    pub(crate) fn call<T>(&self, operation: &'static str, effect: impl FnOnce() -> Result<T>) -> Result<T> {
        let index = {
            let mut made = self.made.lock().unwrap();
            made.push(operation);
            made.len() - 1
        };
        let source = || "injected".into();
        match self.fault {
            Some((at, fault)) if at == index => {
                if fault == Fault::AnswerLost {
                    effect()?;
                }
                Err(match fault {
                    Fault::Throttled => Error::Throttled {
                        operation,
                        source: source(),
                    },
                    Fault::Before | Fault::AnswerLost => Error::ServiceUnavailable {
                        operation,
                        source: source(),
                    },
                })
            }
            _ => effect(),
        }
    }
}

/// Tries `step` as the state machine does: again as long as the error is one that passes.
pub(crate) async fn settle<T>(step: impl AsyncFn() -> Result<T>) -> Result<T> {
    for _ in 0..4 {
        match step().await {
            Err(error) if error.retryable() => {}
            settled => return settled,
        }
    }
    step().await
}
