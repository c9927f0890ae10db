//! The records in memory keep the contract.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::{Ready, ready};

use domain::ids::PipelineId;
use memory::Records;

fn forget_version(records: &Records, id: &PipelineId) -> Ready<()> {
    records.state().pipelines.get_mut(id.as_str()).unwrap().version = 0;
    ready(())
}

memory::contract!(Records::default(), forget_version);

#[tokio::test]
async fn there_are_no_more_pipelines_than_the_quotas_allow() {
    let store = Records::default();
    store.state().quotas = Some(memory::contract::QUOTAS);
    memory::contract::there_are_no_more_pipelines_than_the_quotas_allow(&store).await;
}
