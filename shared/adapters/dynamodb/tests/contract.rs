//! The table keeps the contract, asked of DynamoDB on the local AWS: `make test-records` makes a table and runs these.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use domain::ids::PipelineId;
use dynamodb::Table;

fn name() -> String {
    std::env::var("TABLE_NAME").unwrap()
}

async fn config() -> SdkConfig {
    aws_clients::config().await
}

async fn table() -> Table {
    Table::from_config(&config().await, name())
}

async fn forget_version(_: &Table, id: &PipelineId) {
    let key = AttributeValue::S(format!("PIPELINE#{id}"));
    Client::new(&config().await)
        .update_item()
        .table_name(name())
        .key("pk", key)
        .key("sk", AttributeValue::S("PIPELINE".to_owned()))
        .update_expression("REMOVE version")
        .send()
        .await
        .unwrap();
}

memory::contract!(
    table().await,
    forget_version,
    #[ignore = "asks the local AWS: make test-records"]
);

#[tokio::test]
#[ignore = "asks the local AWS: make test-records"]
async fn there_are_no_more_pipelines_than_the_quotas_allow() {
    let table = table().await.within(memory::contract::QUOTAS);
    memory::contract::there_are_no_more_pipelines_than_the_quotas_allow(&table).await;
}
