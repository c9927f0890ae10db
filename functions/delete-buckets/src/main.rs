//! The state `DeleteBuckets`: deletes the artifact buckets that the stacks leave behind.

use application::workflow::buckets::DeleteArtifactBuckets;
use lambda_edge::{settings, step};
use s3::{Artifacts, Buckets};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(DeleteArtifactBuckets {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        buckets: Buckets::new(Accounts::from_config(&aws)),
    })
    .await
}
