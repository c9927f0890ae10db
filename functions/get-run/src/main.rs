//! Lambda: `GET /pipelines/{pipelineId}/runs/{runId}`

use api::{Platform, runs::get};
use cloudwatch_logs::Logs;
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
    let repositories = Repositories::new(accounts.clone());
    let logs = Logs::new(accounts);
    let platform = Platform {
        prefix: settings::prefix()?,
        account_id: settings::platform_account_id()?,
    };
    api::serve(async |request| {
        get::handle(&table, &pipelines, &repositories, &logs, &platform, request).await
    })
    .await
}
