//! Lambda: `POST /environments/{environmentId}/verification`

use api::environments::{Setup, verify};
use application::linked_accounts::bootstrap::Verification;
use cloudformation::Stacks;
use dynamodb::Table;
use lambda_edge::settings;
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let setup = Setup {
        platform: settings::platform()?,
        event_bus_arn: settings::event_bus_arn()?,
    };
    api::serve_writes(&table, async |request| {
        // A new one for each request: a session that was kept would hide that the owner has changed the role's trust.
        let inspector = Verification {
            prefix: setup.platform.prefix.clone(),
            platform_account_id: setup.platform.account_id.clone(),
            accounts: Stacks::new(Accounts::from_config(&aws)),
        };
        verify::handle(&table, &inspector, &setup, request).await
    })
    .await
}
