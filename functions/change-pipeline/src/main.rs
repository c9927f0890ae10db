//! Lambda: `PATCH /pipelines/{pipelineId}`

use api::pipelines::change;
use dynamodb::Table;
use lambda_edge::settings;
use lambda_functions::Function;
use step_functions::StateMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let executions = StateMachine::from_config(&aws, settings::state_machine_arn()?);
    let prefix = settings::prefix()?;
    let previews = Function::from_config(&aws, settings::preview_function()?);
    api::serve_previewed_writes(&table, &previews, async |request| {
        change::handle(&table, &executions, &prefix, request).await
    })
    .await
}
