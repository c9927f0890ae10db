//! Lambda: `POST /pipelines/{pipelineId}/runs/{runId}/stop`

use api::{Platform, runs::stop};
use codepipeline::CodePipelines;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let pipelines = CodePipelines::new(Accounts::from_config(&config));
    let platform = Platform {
        prefix: settings::prefix()?,
        account_id: settings::platform_account_id()?,
    };
    api::serve(async |request| stop::handle(&table, &pipelines, &platform, request).await).await
}
