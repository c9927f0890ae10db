//! Lambda: `GET /pipelines/{pipelineId}/runs/{runId}`

use api::runs::get;
use cloudwatch_logs::Logs;
use codecommit::Repositories;
use codepipeline::CodePipelines;
use dynamodb::Table;
use lambda_edge::settings;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let accounts = Accounts::from_config(&aws);
    let pipelines = CodePipelines::new(accounts.clone());
    let repositories = Repositories::new(accounts.clone());
    let logs = Logs::new(accounts);
    let platform = settings::platform()?;
    api::serve(async |request| {
        get::handle(&table, &pipelines, &repositories, &logs, &platform, request).await
    })
    .await
}
