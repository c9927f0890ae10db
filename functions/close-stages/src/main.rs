//! Lambda: the state `CloseStages`

use application::workflow::close_stages::CloseStages;
use codepipeline::CodePipelines;
use dynamodb::Table;
use lambda_edge::{settings, step};
use sts::Accounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    let aws = lambda_edge::start().await;
    let close_stages = CloseStages {
        records: Table::from_config(&aws, settings::table_name()?),
        platform: settings::platform()?,
        transitions: CodePipelines::new(Accounts::from_config(&aws)),
    };
    step::serve(close_stages).await
}
