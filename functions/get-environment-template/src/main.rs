//! Lambda: `GET /environment-template/{version}`

use api::environments::template;
use lambda_edge::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), settings::Error> {
    lambda_edge::start().await;
    api::serve_public(template::handle).await
}
