//! The state `RecordDeletion`: turns a deleted pipeline's record into what administrators can read for a while.

use application::workflow::record_deletion::RecordDeletion;
use domain::clock;
use dynamodb::Table;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use step_functions::ExecutionHistory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let record = RecordDeletion {
        store: Table::from_config(&config, settings::text("TABLE_NAME")?),
        history: ExecutionHistory::from_config(&config),
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
    };
    step::run_last("RecordDeletion", async |input| {
        record.run(input, clock::now()).await
    })
    .await
}
