//! Lambda: the table's stream. What is recorded gets started.

use application::outbox::Outbox;
use domain::clock;
use dynamodb::Table;
use lambda_edge::{settings, stream};
use step_functions::{RedeploymentMachine, StateMachine};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let outbox = Outbox {
        store: &Table::from_config(&aws, settings::table_name()?),
        workflow: &StateMachine::from_config(&aws, settings::state_machine_arn()?),
        redeployments: &RedeploymentMachine::from_config(&aws, settings::redeployment_state_machine_arn()?),
    };
    stream::run(async |key| outbox.start(&dynamodb::recorded(&key)?, clock::now()).await).await
}
