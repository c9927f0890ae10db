//! The state `RenderRepository`: writes a pipeline's repository and templates to the artifacts bucket.

use application::workflow::render_repository::RenderRepository;
use lambda_edge::{settings, step};
use s3::Artifacts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(RenderRepository {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
    })
    .await
}
