//! `/redeployments`

pub mod cancel;
pub mod get;
pub mod request;
mod view;

pub use view::RedeploymentView;

use domain::{Result, ids::RedeploymentId};

use crate::Request;

/// The redeployment that a request's path names.
fn id(request: &Request) -> Result<RedeploymentId> {
    request.id("redeploymentId", "redeployment")
}

/// Where a redeployment can be followed.
fn location(id: &RedeploymentId) -> String {
    format!("/redeployments/{id}")
}
