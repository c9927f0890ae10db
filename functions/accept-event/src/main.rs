//! Lambda: queue `{prefix}-platform-events`

use application::redeployments::accept;
use domain::clock;
use dynamodb::Table;
use lambda_edge::{queue, settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let prefix = settings::prefix()?;
    queue::run(async |event| accept::accept(&table, &prefix, &event, clock::now()).await).await
}
