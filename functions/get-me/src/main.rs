//! Lambda: `GET /me`

use api::me;
use dynamodb::Table;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let quotas = settings::pipeline_quotas()?;
    api::serve(async |request| me::handle(&table, quotas, request).await).await
}
