//! The state `DeleteBuckets`: deletes the artifact buckets that the stacks leave behind.

use application::workflow::buckets::delete;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use s3::Buckets;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let artifacts = Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?);
    let buckets = Buckets::new(Accounts::from_config(&config));
    let work = async |input| delete(&artifacts, &buckets, &input).await;
    step::run("DeleteBuckets", work).await
}
