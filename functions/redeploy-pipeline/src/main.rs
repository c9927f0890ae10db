//! Lambda: `POST /pipelines/{pipelineId}/deployments`

use api::deployments::redeploy;
use dynamodb::Table;
use lambda_edge::settings;
use step_functions::StateMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let executions = StateMachine::from_config(&aws, settings::state_machine_arn()?);
    api::serve_writes(&table, async |request| {
        redeploy::handle(&table, &executions, request).await
    })
    .await
}
