//! The state `RecordDeletion`: turns a deleted pipeline's record into what administrators can read for a while.

use application::workflow::record_deletion::RecordDeletion;
use dynamodb::Table;
use lambda_edge::{settings, step};
use s3::Artifacts;
use step_functions::ExecutionHistory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(RecordDeletion {
        store: Table::from_config(&aws, settings::table_name()?),
        history: ExecutionHistory::from_config(&aws),
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
    })
    .await
}
