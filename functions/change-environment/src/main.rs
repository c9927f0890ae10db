//! Lambda: `PATCH /environments/{environmentId}`

use api::environments::{Setup, change};
use dynamodb::Table;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let setup = Setup {
        platform: settings::platform()?,
        event_bus_arn: settings::event_bus_arn()?,
    };
    api::serve_writes(&table, async |request| {
        change::handle(&table, &setup, request).await
    })
    .await
}
