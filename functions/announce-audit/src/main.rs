//! Lambda: the table's stream. What is added to the audit trail is announced.

use application::audit;
use dynamodb::Table;
use eventbridge::EventBus;
use lambda_edge::{settings, stream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let bus = EventBus::from_config(&aws, settings::event_bus_arn()?, &settings::prefix()?);
    stream::run(async |key| audit::announce(&table, &bus, &dynamodb::audited(&key)?).await).await
}
