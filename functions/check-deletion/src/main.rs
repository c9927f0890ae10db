//! The state `CheckDeletion`: says how far the deletion of a pipeline's stacks is.

use application::workflow::check_deletion::CheckDeletion;
use cloudformation::Stacks;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(CheckDeletion {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        stacks: Stacks::new(Accounts::from_config(&aws)),
    })
    .await
}
