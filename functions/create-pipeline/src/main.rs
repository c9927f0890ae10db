//! Lambda: `POST /pipelines`

use api::pipelines::create;
use dynamodb::Table;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?).within(settings::pipeline_quotas()?);
    let prefix = settings::prefix()?;
    api::serve_writes(&table, async |request| {
        create::handle(&table, &prefix, request).await
    })
    .await
}
