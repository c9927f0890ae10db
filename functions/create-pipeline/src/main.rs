//! Lambda: `POST /pipelines`

use api::pipelines::create;
use dynamodb::Table;
use lambda_edge::settings;
use lambda_functions::Function;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?).within(settings::pipeline_quotas()?);
    let prefix = settings::prefix()?;
    let previews = Function::from_config(&aws, settings::preview_function()?);
    api::serve_previewed_writes(&table, &previews, async |request| {
        create::handle(&table, &prefix, request).await
    })
    .await
}
