//! Lambda: queue `{prefix}-platform-ended-executions`

use application::deployments::close::CloseDeployments;
use domain::clock;
use dynamodb::Table;
use eventbridge::EventBus;
use lambda_edge::{queue, settings};
use step_functions::ExecutionHistory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let deployments = CloseDeployments {
        store: &Table::from_config(&aws, settings::table_name()?),
        history: &ExecutionHistory::from_config(&aws),
        bus: &EventBus::from_config(&aws, settings::event_bus_arn()?, &settings::prefix()?),
    };
    queue::run(async |event| deployments.close(&event, clock::now()).await).await
}
