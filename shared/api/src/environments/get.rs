//! `GET /environments/{environmentId}`

use application::environments::{Environments, get};
use domain::Result;

use super::Platform;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(store: &impl Environments, platform: &Platform, request: Request) -> Result<Answer> {
    request.query().finish()?;
    let environment = get::get(store, &request.caller, &super::id(&request)?).await?;
    Ok(Answer::ok(&platform.view(&environment, &request.caller)).tagged(environment.revision))
}
