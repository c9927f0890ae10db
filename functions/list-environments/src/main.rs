//! Lambda: `GET /environments`

use api::{Platform, environments::list};
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
    api::serve(async |request| list::handle(&table, &platform, request).await).await
}
