//! `GET /redeployments`

use application::{records::listing::Listings, redeployments::list};
use domain::{Result, redeployment::Redeployment};

use super::RedeploymentSummary;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/redeployments",
    operation_id = "listRedeployments",
    tag = "redeployments",
    summary = "List redeployments, the newest first",
    description = "Those that your teams may ask for, of the last 90 days; of several teams, one team after the other. \
                   Administrators see all, and those that events and the schedule asked for. How far one is: read it by its id.",
    params(
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<RedeploymentSummary>),
    ),
))]
pub async fn handle(store: &impl Listings<Redeployment>, request: Request) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let page = list::list(store, &request.caller, &page).await?;
    Ok(Answer::list(page, RedeploymentSummary::from))
}
