//! The state `DeployStack`: starts what a pipeline's stacks need next.

use accounts::Accounts;
use application::workflow::deploy_stack::DeployStack;
use artifacts::Artifacts;
use lambda_edge::{settings, step, telemetry};
use stacks::Stacks;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let deploy = DeployStack {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        stacks: Stacks::new(Accounts::from_config(&config)),
    };
    step::run("DeployStack", async |input| deploy.run(input).await).await
}
