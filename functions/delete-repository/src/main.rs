//! The state `DeleteRepository`: deletes the repository of a pipeline, for those who asked for that.

use application::workflow::delete_repository::delete;
use codecommit::Repositories;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let artifacts = Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?);
    let repositories = Repositories::new(Accounts::from_config(&config));
    let work = async |input| delete(&artifacts, &repositories, &input).await;
    step::run("DeleteRepository", work).await
}
