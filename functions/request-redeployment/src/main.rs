//! Lambda: `POST /redeployments`

use api::redeployments::{check_limit, request};
use dynamodb::Table;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let per_hour = settings::redeployments_per_hour()?;
    api::serve_writes(&table, async |request| {
        check_limit(&table, per_hour, &request).await?;
        request::handle(&table, request).await
    })
    .await
}
