//! Lambda: `PATCH /environments/{environmentId}`

use api::{
    Platform,
    environments::{Setup, change},
};
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
    let setup = Setup {
        platform: Platform {
            prefix: settings::prefix()?,
            account_id: settings::platform_account_id()?,
        },
        event_bus_arn: settings::parsed("EVENT_BUS_ARN")?,
    };
    api::serve(async |request| change::handle(&table, &machine, &setup, request).await).await
}
