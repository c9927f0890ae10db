//! Lambda: `GET /pipelines/{pipelineId}/stages/{stage}/resources`

use accounts::Accounts;
use api::{Platform, pipelines::resources};
use lambda_edge::{settings, telemetry};
use stacks::Stacks;
use table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let stacks = Stacks::new(Accounts::from_config(&config));
    let platform = Platform {
        prefix: settings::prefix()?,
        account_id: settings::platform_account_id()?,
    };
    api::serve(async |request| resources::handle(&table, &stacks, &platform, request).await).await
}
