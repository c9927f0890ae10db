//! The state `EmptyBuckets`: empties the artifact buckets of a pipeline that is being deleted.

use application::workflow::buckets::EmptyArtifactBuckets;
use lambda_edge::{settings, step};
use s3::{Artifacts, Buckets};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(EmptyArtifactBuckets {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        buckets: Buckets::new(Accounts::from_config(&aws)),
    })
    .await
}
