//! The state `RecordFailure`: writes to the record why the deployment failed, for the team to read.

use application::workflow::record_outcome::RecordFailure;
use dynamodb::Table;
use lambda_edge::{settings, step};
use step_functions::ExecutionHistory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(RecordFailure {
        store: &Table::from_config(&aws, settings::table_name()?),
        history: &ExecutionHistory::from_config(&aws),
    })
    .await
}
