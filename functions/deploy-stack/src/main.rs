//! The state `DeployStack`: starts what a pipeline's stacks need next.

use application::workflow::deploy_stack::DeployStack;
use cloudformation::Stacks;
use codepipeline::CodePipelines;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let accounts = Accounts::from_config(&aws);
    step::serve(DeployStack {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        stacks: Stacks::new(accounts.clone()),
        running: CodePipelines::new(accounts),
    })
    .await
}
