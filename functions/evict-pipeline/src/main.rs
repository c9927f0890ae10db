//! Lambda: `DELETE /environments/{environmentId}/pipelines/{pipelineId}`

use api::environments::evict;
use codepipeline::CodePipelines;
use dynamodb::Table;
use lambda_edge::settings;
use step_functions::StateMachine;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let executions = StateMachine::from_config(&aws, settings::state_machine_arn()?);
    let code_pipelines = CodePipelines::new(Accounts::from_config(&aws));
    let platform = settings::platform()?;
    api::serve_writes(&table, async |request| {
        evict::handle(&table, &executions, &code_pipelines, &platform, request).await
    })
    .await
}
