//! The state `SelectPipelines`: writes which pipelines a redeployment means, a page at a time.

use application::redeployments::select::SelectPipelines;
use dynamodb::Table;
use lambda_edge::{settings, step};
use s3::Artifacts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    step::serve(SelectPipelines {
        records: Table::from_config(&aws, settings::table_name()?),
        artifacts: Artifacts::from_config(&aws, settings::artifacts_bucket()?),
        concurrent_deployments: settings::concurrent_deployments()?,
    })
    .await
}
