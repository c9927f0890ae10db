//! The state `RequestDeployment`: decides whether a pipeline that a redeployment means is deployed, and starts that.

use application::redeployments::decide::RequestDeployment;
use dynamodb::Table;
use lambda_edge::{settings, step, telemetry};
use step_functions::StateMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let request = RequestDeployment {
        records: &Table::from_config(&config, settings::text("TABLE_NAME")?),
        workflow: &StateMachine::from_config(&config, settings::text("STATE_MACHINE_ARN")?),
    };
    step::run("RequestDeployment", async |input| request.run(input).await).await
}
