//! `GET /environments`

use application::{environments::list, records::listing::Listings};
use domain::{Result, environment::Environment};

use super::{EnvironmentView, Setup};
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/environments",
    operation_id = "listEnvironments",
    tag = "environments",
    summary = "List the environments that you may see",
    params(
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<EnvironmentView>),
    ),
))]
pub async fn handle(store: &impl Listings<Environment>, setup: &Setup, request: Request) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let page = list::list(store, &request.caller, &page).await?;
    Ok(Answer::list(page, |environment| {
        EnvironmentView::new(setup, &environment, &request.caller, &request.api_url)
    }))
}
