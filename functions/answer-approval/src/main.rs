//! Lambda: `POST /pipelines/{pipelineId}/stages/{stage}/approval`

use api::runs::approve;
use codepipeline::CodePipelines;
use dynamodb::Table;
use lambda_edge::settings;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let pipelines = CodePipelines::new(Accounts::from_config(&aws));
    let platform = settings::platform()?;
    api::serve_writes(&table, async |request| {
        approve::handle(&table, &pipelines, &platform, request).await
    })
    .await
}
