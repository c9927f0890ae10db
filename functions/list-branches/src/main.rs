//! Lambda: `GET /pipelines/{pipelineId}/branches`

use api::pipelines::branches;
use codecommit::Repositories;
use dynamodb::Table;
use lambda_edge::settings;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let repositories = Repositories::new(Accounts::from_config(&aws));
    let platform = settings::platform()?;
    api::serve(async |request| branches::handle(&table, &repositories, &platform, request).await).await
}
