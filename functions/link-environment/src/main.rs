//! Lambda: `POST /environments`

use api::environments::{Setup, link};
use application::environments::link::LinkRules;
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
    let rules = LinkRules {
        platform_account_id: setup.platform.account_id.clone(),
        unverified_links: settings::unverified_links()?,
    };
    api::serve_writes(&table, async |request| {
        link::handle(&table, &setup, &rules, request).await
    })
    .await
}
