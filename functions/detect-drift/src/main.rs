//! The state `DetectDrift`: looks whether a pipeline still is as it was deployed.

use application::{platform::Platform, redeployments::drift::DetectDrift};
use cloudformation::Stacks;
use codecommit::Repositories;
use dynamodb::Table;
use lambda_edge::{settings, step, telemetry};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let accounts = Accounts::from_config(&config);
    let detect = DetectDrift {
        platform: Platform {
            prefix: settings::prefix()?,
            account_id: settings::platform_account_id()?,
        },
        records: Table::from_config(&config, settings::text("TABLE_NAME")?),
        stacks: Stacks::new(accounts.clone()),
        repositories: Repositories::new(accounts),
    };
    step::run("DetectDrift", async |input| detect.run(input).await).await
}
