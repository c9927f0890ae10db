//! The state `StartPipelines`: starts the CodePipelines of a deployment that do not start by themselves.

use application::workflow::start_pipelines::StartPipelines;
use codepipeline::CodePipelines;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(StartPipelines {
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        pipelines: CodePipelines::new(Accounts::from_config(&aws)),
    })
    .await
}
