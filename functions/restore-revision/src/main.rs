//! Lambda: `POST /pipelines/{pipelineId}/revisions/{revision}/restoration`

use api::revisions::restore;
use dynamodb::Table;
use lambda_edge::settings;
use step_functions::StateMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let executions = StateMachine::from_config(&aws, settings::state_machine_arn()?);
    let prefix = settings::prefix()?;
    api::serve_writes(&table, async |request| {
        restore::handle(&table, &executions, &prefix, request).await
    })
    .await
}
