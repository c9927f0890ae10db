//! The state `CheckStack`: says how far a pipeline's stacks are.

use application::workflow::check_stack::CheckStack;
use cloudformation::Stacks;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(CheckStack {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        stacks: Stacks::new(Accounts::from_config(&aws)),
    })
    .await
}
