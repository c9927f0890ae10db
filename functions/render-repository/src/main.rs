//! The state `RenderRepository`: writes a pipeline's repository and templates to the artifacts bucket.

use application::workflow::render_repository::RenderRepository;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let render = RenderRepository {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
    };
    step::run("RenderRepository", async |input| render.run(input).await).await
}
