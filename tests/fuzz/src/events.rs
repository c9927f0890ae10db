//! Events from queues: anybody whom a bus lets in writes them.

use application::deliveries::change::{Read, read};
use serde_json::Value;

pub(crate) fn fuzz(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    match read(&event) {
        Ok(Read::Change(change)) => assert!(!change.code_pipeline.is_empty()),
        Ok(Read::Nothing(reason)) => assert!(!reason.is_empty()),
        Err(problems) => assert!(!problems.as_slice().is_empty()),
    }
}
