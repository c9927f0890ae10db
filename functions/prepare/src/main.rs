//! The state `Prepare`: freezes what a deployment works with and checks that every account is ready for it.

use application::workflow::prepare::Prepare;
use dynamodb::Table;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let prepare = Prepare {
        prefix: settings::prefix()?,
        platform_account_id: settings::platform_account_id()?,
        records: Table::from_config(&config, settings::text("TABLE_NAME")?),
        accounts: Accounts::from_config(&config),
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
    };
    step::run("Prepare", async |input| prepare.run(input).await).await
}
