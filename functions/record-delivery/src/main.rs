//! Lambda: queue `{prefix}-platform-delivery-events`

use application::deliveries::record;
use dynamodb::Table;
use eventbridge::EventBus;
use lambda_edge::{queue, settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let prefix = settings::prefix()?;
    let bus = EventBus::from_config(&config, settings::parsed("EVENT_BUS_ARN")?, &prefix);
    queue::run(async |event| record::record(&table, &bus, &prefix, &event).await).await
}
