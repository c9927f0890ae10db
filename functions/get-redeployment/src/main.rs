//! Lambda: `GET /redeployments/{redeploymentId}`

use api::redeployments::get;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};
use step_functions::RedeploymentMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let machine =
        RedeploymentMachine::from_config(&config, settings::text("REDEPLOYMENT_STATE_MACHINE_ARN")?);
    api::serve(async |request| get::handle(&table, &machine, request).await).await
}
