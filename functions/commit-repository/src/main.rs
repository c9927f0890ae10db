//! The state `CommitRepository`: creates a pipeline's repository and commits its files.

use application::workflow::commit_repository::CommitRepository;
use codecommit::Repositories;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let commit = CommitRepository {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        host: Repositories::new(Accounts::from_config(&config)),
    };
    step::run("CommitRepository", async |input| commit.run(input).await).await
}
