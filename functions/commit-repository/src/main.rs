//! The state `CommitRepository`: creates a pipeline's repository and commits its files.

use application::workflow::commit_repository::CommitRepository;
use codecommit::Repositories;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(CommitRepository {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        host: Repositories::new(Accounts::from_config(&aws)),
    })
    .await
}
