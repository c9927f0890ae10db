//! The state `CheckStack`: says how far a pipeline's stacks are.

use application::workflow::check_stack::CheckStack;
use cloudformation::Stacks;
use domain::clock;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let check = CheckStack {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        stacks: Stacks::new(Accounts::from_config(&config)),
    };
    step::run("CheckStack", async |input| check.run(input, clock::now()).await).await
}
