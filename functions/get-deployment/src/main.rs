//! Lambda: `GET /pipelines/{pipelineId}/deployments/{deploymentId}`

use api::deployments::get;
use dynamodb::Table;
use lambda_edge::settings;
use step_functions::ExecutionHistory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let history = ExecutionHistory::from_config(&aws);
    api::serve(async |request| get::handle(&table, &history, request).await).await
}
