//! The state `Prepare`: freezes what a deployment works with and checks that every account is ready for it.

use application::workflow::prepare::Prepare;
use cloudformation::Stacks;
use dynamodb::Table;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(Prepare {
        prefix: settings::prefix()?,
        platform_account_id: settings::platform_account_id()?,
        records: Table::from_config(&aws, settings::table_name()?),
        accounts: Stacks::new(Accounts::from_config(&aws)),
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
    })
    .await
}
