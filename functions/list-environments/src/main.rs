//! Lambda: `GET /environments`

use api::environments::{Setup, list};
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
    api::serve(async |request| list::handle(&table, &setup, request).await).await
}
