//! `DELETE /environments/{environmentId}`

use application::environments::unlink::{self, Store};
use domain::Result;

use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(store: &impl Store, request: Request) -> Result<Answer> {
    request.query().finish()?;
    unlink::unlink(
        store,
        &request.caller,
        &super::id(&request)?,
        request.if_match().as_deref(),
    )
    .await?;
    Ok(Answer::no_content())
}
