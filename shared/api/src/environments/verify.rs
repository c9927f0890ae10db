//! `POST /environments/{environmentId}/verification`

use application::environments::verify::{self, Inspector, Store};
use domain::Result;

use super::Platform;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(
    store: &impl Store,
    inspector: &impl Inspector,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let id = super::id(&request)?;
    let key = request.idempotency(format!("POST /environments/{id}/verification"))?;
    let environment =
        verify::verify(store, inspector, &request.caller, &id, key.as_ref(), request.now).await?;
    Ok(Answer::ok(&platform.view(&environment, &request.caller)).tagged(environment.revision))
}
