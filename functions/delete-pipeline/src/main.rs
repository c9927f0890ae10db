//! Lambda: `DELETE /pipelines/{pipelineId}`

use api::pipelines::delete;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};
use step_functions::StateMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let workflow = StateMachine::from_config(&config, settings::text("STATE_MACHINE_ARN")?);
    let prefix = settings::prefix()?;
    api::serve(async |request| delete::handle(&table, &workflow, &prefix, request).await).await
}
