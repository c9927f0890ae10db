//! Lambda: queue `{prefix}-platform-delivery-events`

use application::deliveries::record;
use dynamodb::Table;
use eventbridge::EventBus;
use lambda_edge::{queue, settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let prefix = settings::prefix()?;
    let bus = EventBus::from_config(&aws, settings::event_bus_arn()?, &prefix);
    queue::run(async |event| record::record(&table, &bus, &prefix, &event).await).await
}
