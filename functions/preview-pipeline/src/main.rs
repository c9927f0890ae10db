//! Lambda: dry runs of `POST /pipelines` and `PATCH /pipelines/{pipelineId}`, which the functions of these calls hand on.
//!
//! Apart from them, so that its role can write nothing.

use api::pipelines::preview;
use application::pipelines::preview::Previews;
use cloudformation::Stacks;
use codecommit::Repositories;
use dynamodb::Table;
use lambda_edge::settings;
use s3::Artifacts;
use step_functions::StateMachine;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let store = Table::from_config(&aws, settings::table_name()?);
    let executions = StateMachine::from_config(&aws, settings::state_machine_arn()?);
    let artifacts = Artifacts::from_config(&aws, settings::artifacts_bucket()?);
    let platform = settings::platform()?;
    let quotas = settings::pipeline_quotas()?;
    api::serve(async |request| {
        // New ones for each request: a session that was kept would hide that an owner has changed the trust of a role.
        let accounts = Accounts::from_config(&aws);
        let previews = Previews {
            store: &store,
            executions: &executions,
            artifacts: &artifacts,
            repositories: &Repositories::new(accounts.clone()),
            accounts: &Stacks::new(accounts),
            platform: &platform,
            quotas,
        };
        preview::handle(&previews, request).await
    })
    .await
}
