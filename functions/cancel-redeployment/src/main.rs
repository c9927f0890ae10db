//! Lambda: `POST /redeployments/{redeploymentId}/cancellation`

use api::redeployments::cancel;
use dynamodb::Table;
use lambda_edge::settings;
use step_functions::RedeploymentMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let machine = RedeploymentMachine::from_config(&aws, settings::redeployment_state_machine_arn()?);
    api::serve_writes(&table, async |request| {
        cancel::handle(&table, &machine, request).await
    })
    .await
}
