//! The state `DeleteBuckets`: deletes the artifact buckets that the stacks leave behind.

use application::workflow::buckets::delete;
use lambda_edge::{settings, step};
use s3::Artifacts;
use s3::Buckets;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let artifacts = Artifacts::from_config(&aws, settings::artifacts_bucket()?);
    let buckets = Buckets::new(Accounts::from_config(&aws));
    let work = async |input| delete(&artifacts, &buckets, &input).await;
    step::run("DeleteBuckets", work).await
}
