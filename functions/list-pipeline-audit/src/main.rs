//! Lambda: `GET /pipelines/{pipelineId}/audit`

use api::audit::of_pipeline;
use dynamodb::Table;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    api::serve(async |request| of_pipeline::handle(&table, request).await).await
}
