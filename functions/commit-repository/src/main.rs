//! The state `CommitRepository`: creates a pipeline's repository and commits its files.

use accounts::Accounts;
use application::workflow::commit_repository::CommitRepository;
use artifacts::Artifacts;
use lambda_edge::{settings, step, telemetry};
use repositories::Repositories;

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
