//! `POST /environments`

use application::environments::link::{self, Store};
use domain::Result;

use super::Platform;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(store: &impl Store, platform: &Platform, request: Request) -> Result<Answer> {
    request.query().finish()?;
    let key = request.idempotency("POST /environments")?;
    let environment = link::link(store, &request.caller, request.body()?, key.as_ref(), request.now).await?;
    let view = platform.view(&environment, &request.caller);
    Ok(Answer::created(format!("/environments/{}", environment.id), &view).tagged(environment.revision))
}
