//! Lambda: `GET /pipelines/{pipelineId}/revisions`

use api::revisions::list;
use dynamodb::Table;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    api::serve(async |request| list::handle(&table, request).await).await
}
