//! The state `CheckDeletion`: says how far the deletion of a pipeline's stacks is.

use accounts::Accounts;
use application::workflow::check_deletion::CheckDeletion;
use artifacts::Artifacts;
use domain::clock;
use lambda_edge::{settings, step, telemetry};
use stacks::Stacks;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let check = CheckDeletion {
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        stacks: Stacks::new(Accounts::from_config(&config)),
    };
    step::run("CheckDeletion", async |input| {
        check.run(input, clock::now()).await
    })
    .await
}
