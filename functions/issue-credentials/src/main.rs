//! Lambda: `POST /pipelines/{pipelineId}/credentials`

use api::pipelines::credentials::{self, HandOutRules};
use codecommit::Repositories;
use dynamodb::Table;
use lambda_edge::settings;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let accounts = Accounts::from_config(&aws);
    let repositories = Repositories::new(accounts.clone());
    let platform = settings::platform()?;
    let rules = HandOutRules {
        enabled: settings::hand_out_credentials()?,
        per_hour: settings::credentials_per_hour()?,
    };
    api::serve_writes(&table, async |request| {
        credentials::handle(&table, &accounts, &repositories, &platform, rules, request).await
    })
    .await
}
