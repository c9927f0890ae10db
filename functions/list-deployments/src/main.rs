//! Lambda: `GET /pipelines/{pipelineId}/deployments`

use api::deployments::list;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    api::serve(async |request| list::handle(&table, request).await).await
}
