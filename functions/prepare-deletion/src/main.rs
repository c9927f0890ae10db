//! The state `PrepareDeletion`: finds what there is of a pipeline that is to be deleted, and freezes it.

use application::workflow::prepare_deletion::PrepareDeletion;
use cloudformation::Stacks;
use dynamodb::Table;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let prepare = PrepareDeletion {
        prefix: settings::prefix()?,
        platform_account_id: settings::platform_account_id()?,
        records: Table::from_config(&config, settings::text("TABLE_NAME")?),
        stacks: Stacks::new(Accounts::from_config(&config)),
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
    };
    step::run("PrepareDeletion", async |input| prepare.run(input).await).await
}
