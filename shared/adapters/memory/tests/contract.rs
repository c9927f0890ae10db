//! The records in memory keep the contract.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::{Ready, ready};

use domain::ids::PipelineId;
use memory::Records;

fn forget_version(records: &Records, id: &PipelineId) -> Ready<()> {
    records.state().pipelines.get_mut(id.as_str()).unwrap().version = 0;
    ready(())
}

memory::contract!(Records::default(), forget_version);
