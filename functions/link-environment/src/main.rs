//! Lambda: `POST /environments`

use api::{
    Platform,
    environments::{Setup, link},
};
use dynamodb::Table;
use lambda_edge::{settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let setup = Setup {
        platform: Platform {
            prefix: settings::prefix()?,
            account_id: settings::platform_account_id()?,
        },
        event_bus_arn: settings::parsed("EVENT_BUS_ARN")?,
    };
    api::serve(async |request| link::handle(&table, &setup, request).await).await
}
