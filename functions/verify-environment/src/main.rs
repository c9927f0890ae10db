//! Lambda: `POST /environments/{environmentId}/verification`

use api::{
    Platform,
    environments::{Setup, verify},
};
use application::linked_accounts::bootstrap::Verification;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};
use sts::Accounts;

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
    let inspector = Verification {
        prefix: setup.platform.prefix.clone(),
        platform_account_id: setup.platform.account_id.clone(),
        accounts: Accounts::from_config(&config),
    };
    api::serve(async |request| verify::handle(&table, &inspector, &setup, request).await).await
}
