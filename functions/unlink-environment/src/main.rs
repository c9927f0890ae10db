//! Lambda: `DELETE /environments/{environmentId}`

use api::environments::unlink;
use dynamodb::Table;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    api::serve_writes(&table, async |request| unlink::handle(&table, request).await).await
}
