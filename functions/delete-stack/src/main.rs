//! The state `DeleteStack`: deletes the stacks of a pipeline, wave by wave.

use application::workflow::delete_stack::DeleteStack;
use cloudformation::Stacks;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let delete = DeleteStack {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        stacks: Stacks::new(Accounts::from_config(&config)),
    };
    step::run("DeleteStack", async |input| delete.run(&input).await).await
}
