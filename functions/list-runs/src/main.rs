//! Lambda: `GET /pipelines/{pipelineId}/runs`

use accounts::Accounts;
use api::{Platform, runs::list};
use lambda_edge::{settings, telemetry};
use pipelines::Pipelines;
use repositories::Repositories;
use table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let accounts = Accounts::from_config(&config);
    let pipelines = Pipelines::new(accounts.clone());
    let repositories = Repositories::new(accounts);
    let platform = Platform {
        prefix: settings::prefix()?,
        account_id: settings::platform_account_id()?,
    };
    api::serve(async |request| list::handle(&table, &pipelines, &repositories, &platform, request).await)
        .await
}
