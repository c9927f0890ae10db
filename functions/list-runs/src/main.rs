//! Lambda: `GET /pipelines/{pipelineId}/runs`

use api::{Platform, runs::list};
use codecommit::Repositories;
use codepipeline::CodePipelines;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let accounts = Accounts::from_config(&config);
    let pipelines = CodePipelines::new(accounts.clone());
    let repositories = Repositories::new(accounts);
    let platform = Platform {
        prefix: settings::prefix()?,
        account_id: settings::platform_account_id()?,
    };
    api::serve(async |request| list::handle(&table, &pipelines, &repositories, &platform, request).await)
        .await
}
