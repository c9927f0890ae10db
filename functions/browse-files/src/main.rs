//! Lambda: `GET /pipelines/{pipelineId}/files`

use api::{Platform, pipelines::files};
use codecommit::Repositories;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let repositories = Repositories::new(Accounts::from_config(&config));
    let platform = Platform {
        prefix: settings::prefix()?,
        account_id: settings::platform_account_id()?,
    };
    api::serve(async |request| files::handle(&table, &repositories, &platform, request).await).await
}
