//! The state `DeleteStack`: deletes the stacks of a pipeline, wave by wave.

use application::workflow::delete_stack::DeleteStack;
use cloudformation::Stacks;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(DeleteStack {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        stacks: Stacks::new(Accounts::from_config(&aws)),
    })
    .await
}
