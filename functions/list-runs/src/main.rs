//! Lambda: `GET /pipelines/{pipelineId}/runs`

use api::runs::list;
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
    let repositories = Repositories::new(accounts);
    let platform = settings::platform()?;
    api::serve(async |request| list::handle(&table, &pipelines, &repositories, &platform, request).await)
        .await
}
