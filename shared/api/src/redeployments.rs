//! `/redeployments`

pub mod cancel;
pub mod get;
pub mod list;
pub mod request;
mod view;

pub use view::{RedeploymentSummary, RedeploymentView};

use application::rate_limit::{CountRequests, RateLimit};
use domain::{Result, ids::RedeploymentId};

use crate::Request;

/// The redeployment that a request's path names.
fn id(request: &Request) -> Result<RedeploymentId> {
    request.id("redeploymentId", "redeployment")
}

/// Counts a request for a redeployment: administrators may ask for any number, others for so many within an hour.
pub async fn check_limit(store: &impl CountRequests, per_hour: u32, request: &Request) -> Result<()> {
    if request.caller.is_admin() {
        return Ok(());
    }
    let limit = RateLimit::redeployments(per_hour);
    limit.check(store, &request.caller.username, request.now).await
}

/// Where a redeployment can be followed.
fn location(id: &RedeploymentId) -> String {
    format!("/redeployments/{id}")
}
