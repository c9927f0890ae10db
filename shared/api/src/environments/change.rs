//! `PATCH /environments/{environmentId}`

use application::environments::change::{self, Store};
use domain::Result;

use super::Platform;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(store: &impl Store, platform: &Platform, request: Request) -> Result<Answer> {
    request.query().finish()?;
    let (id, expected) = (super::id(&request)?, request.if_match());
    let environment = change::change(
        store,
        &request.caller,
        &id,
        request.body()?,
        expected.as_deref(),
        request.now,
    )
    .await?;
    Ok(Answer::ok(&platform.view(&environment, &request.caller)).tagged(environment.revision))
}
