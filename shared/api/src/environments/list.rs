//! `GET /environments`

use application::{environments::list, listing::Listings};
use domain::{Result, environment::Environment};

use super::Platform;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(
    store: &impl Listings<Environment>,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let page = list::list(store, &request.caller, &page).await?;
    Ok(Answer::list(page, |environment| {
        platform.view(&environment, &request.caller)
    }))
}
