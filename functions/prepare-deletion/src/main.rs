//! The state `PrepareDeletion`: finds what there is of a pipeline that is to be deleted, and freezes it.

use application::workflow::prepare_deletion::PrepareDeletion;
use cloudformation::Stacks;
use dynamodb::Table;
use lambda_edge::{settings, step};
use s3::Artifacts;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(PrepareDeletion {
        prefix: settings::prefix()?,
        platform_account_id: settings::platform_account_id()?,
        records: Table::from_config(&aws, settings::table_name()?),
        stacks: Stacks::new(Accounts::from_config(&aws)),
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
    })
    .await
}
