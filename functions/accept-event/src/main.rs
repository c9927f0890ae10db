//! Lambda: queue `{prefix}-platform-events`

use application::redeployments::accept;
use domain::clock;
use dynamodb::Table;
use lambda_edge::{queue, settings};
use step_functions::RedeploymentMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let table = Table::from_config(&aws, settings::table_name()?);
    let machine = RedeploymentMachine::from_config(&aws, settings::redeployment_state_machine_arn()?);
    let prefix = settings::prefix()?;
    queue::run(async |event| accept::accept(&table, &machine, &prefix, &event, clock::now()).await).await
}
