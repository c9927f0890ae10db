//! The state `RecordFailure`: writes to the record why the deployment failed, for the team to read.

use application::workflow::record_outcome;
use domain::clock;
use dynamodb::Table;
use lambda_edge::{settings, step};
use step_functions::{ExecutionHistory, StateMachine};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let workflow = StateMachine::from_config(&aws, settings::state_machine_arn()?);
    let history = ExecutionHistory::from_config(&aws);
    let record = async |input| record_outcome::fail(&table, &workflow, &history, input, clock::now()).await;
    step::run_last("RecordFailure", record).await
}
