//! Calls: which were made, and which one fails how.

use std::sync::Mutex;

use domain::Result;

use crate::fault::Fault;

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
        match self.fault {
            Some((at, fault)) if at == index => fault.strike(operation, effect),
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
