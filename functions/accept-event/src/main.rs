//! Lambda: queue `{prefix}-platform-events`

use application::redeployments::accept;
use domain::clock;
use dynamodb::Table;
use lambda_edge::{queue, settings, telemetry};
use step_functions::RedeploymentMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let machine =
        RedeploymentMachine::from_config(&config, settings::text("REDEPLOYMENT_STATE_MACHINE_ARN")?);
    let prefix = settings::prefix()?;
    queue::run(async |event| accept::accept(&table, &machine, &prefix, &event, clock::now()).await).await
}
