//! The state `RecordFailure`: writes to the record why the deployment failed, for the team to read.

use application::workflow::record_outcome;
use domain::clock;
use dynamodb::Table;
use lambda_edge::{settings, step, telemetry};
use step_functions::{ExecutionHistory, StateMachine};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let workflow = StateMachine::from_config(&config, settings::text("STATE_MACHINE_ARN")?);
    let history = ExecutionHistory::from_config(&config);
    let record = async |input| record_outcome::fail(&table, &workflow, &history, input, clock::now()).await;
    step::run_last("RecordFailure", record).await
}
