//! The state `StartPipelines`: starts the CodePipelines of a deployment that do not start by themselves.

use application::workflow::start_pipelines::StartPipelines;
use codepipeline::CodePipelines;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let start = StartPipelines {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        pipelines: CodePipelines::new(Accounts::from_config(&config)),
    };
    step::run("StartPipelines", async |input| start.run(input).await).await
}
