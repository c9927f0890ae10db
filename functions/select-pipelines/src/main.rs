//! The state `SelectPipelines`: writes which pipelines a redeployment means, a page at a time.

use application::redeployments::select::SelectPipelines;
use dynamodb::Table;
use lambda_edge::{settings, step, telemetry};
use s3::Artifacts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = aws_clients::config().await;
    let select = SelectPipelines {
        records: Table::from_config(&config, settings::text("TABLE_NAME")?),
        artifacts: Artifacts::from_config(&config, settings::text("ARTIFACTS_BUCKET")?),
        concurrent_deployments: settings::parsed("CONCURRENT_DEPLOYMENTS")?,
    };
    step::run("SelectPipelines", async |input| select.run(input).await).await
}
