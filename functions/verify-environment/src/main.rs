//! Lambda: `POST /environments/{environmentId}/verification`

use accounts::Accounts;
use api::{Platform, environments::verify};
use application::workflow::bootstrap::Verification;
use lambda_edge::{settings, telemetry};
use table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let platform = Platform {
        prefix: settings::prefix()?,
        account_id: settings::platform_account_id()?,
    };
    let inspector = Verification {
        prefix: platform.prefix.clone(),
        platform_account_id: platform.account_id.clone(),
        accounts: Accounts::from_config(&config),
    };
    api::serve(async |request| verify::handle(&table, &inspector, &platform, request).await).await
}
