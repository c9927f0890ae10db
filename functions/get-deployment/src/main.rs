//! Lambda: `GET /pipelines/{pipelineId}/deployments/{deploymentId}`

use api::deployments::get;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};
use step_functions::ExecutionHistory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let history = ExecutionHistory::from_config(&config);
    api::serve(async |request| get::handle(&table, &history, request).await).await
}
