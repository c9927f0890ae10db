//! The state `RecordSuccess`: writes to the record that the revision is deployed.

use application::workflow::record_outcome::RecordSuccess;
use dynamodb::Table;
use lambda_edge::{settings, step};
use step_functions::ExecutionHistory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(RecordSuccess {
        store: &Table::from_config(&aws, settings::table_name()?),
        history: &ExecutionHistory::from_config(&aws),
    })
    .await
}
