//! The state `DeleteRepository`: deletes the repository of a pipeline, for those who asked for that.

use application::workflow::delete_repository::DeleteRepository;
use codecommit::Repositories;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(DeleteRepository {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        repositories: Repositories::new(Accounts::from_config(&aws)),
    })
    .await
}
