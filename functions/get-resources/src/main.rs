//! Lambda: `GET /pipelines/{pipelineId}/stages/{stage}/resources`

use api::pipelines::resources;
use cloudformation::Stacks;
use dynamodb::Table;
use lambda_edge::settings;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let stacks = Stacks::new(Accounts::from_config(&aws));
    let platform = settings::platform()?;
    api::serve(async |request| resources::handle(&table, &stacks, &platform, request).await).await
}
