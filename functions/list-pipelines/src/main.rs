//! Lambda: `GET /pipelines`

use api::pipelines::list;
use dynamodb::Table;
use lambda_edge::{settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let table = Table::from_config(&config, settings::text("TABLE_NAME")?);
    let prefix = settings::prefix()?;
    api::serve(async |request| list::handle(&table, &prefix, request).await).await
}
