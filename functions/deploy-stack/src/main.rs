//! The state `DeployStack`: starts what a pipeline's stacks need next.

use application::workflow::deploy_stack::DeployStack;
use cloudformation::Stacks;
use codepipeline::CodePipelines;
use domain::clock;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let accounts = Accounts::from_config(&config);
    let deploy = DeployStack {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        stacks: Stacks::new(accounts.clone()),
        running: CodePipelines::new(accounts),
    };
    step::run("DeployStack", async |input| deploy.run(input, clock::now()).await).await
}
