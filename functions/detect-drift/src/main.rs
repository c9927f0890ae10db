//! The state `DetectDrift`: looks whether a pipeline still is as it was deployed.

use application::redeployments::drift::DetectDrift;
use cloudformation::Stacks;
use codecommit::Repositories;
use dynamodb::Table;
use lambda_edge::{settings, step};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let accounts = Accounts::from_config(&aws);
    step::serve(DetectDrift {
        platform: settings::platform()?,
        records: Table::from_config(&aws, settings::table_name()?),
        stacks: Stacks::new(accounts.clone()),
        repositories: Repositories::new(accounts),
    })
    .await
}
