//! The state `RequestDeployment`: decides whether a pipeline that a redeployment means is deployed, and records that.

use application::redeployments::decide::RequestDeployment;
use dynamodb::Table;
use lambda_edge::{settings, step};
use step_functions::StateMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(RequestDeployment {
        records: &Table::from_config(&aws, settings::table_name()?),
        executions: &StateMachine::from_config(&aws, settings::state_machine_arn()?),
    })
    .await
}
