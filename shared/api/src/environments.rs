//! `/environments`

pub mod change;
pub mod evict;
pub mod get;
pub mod link;
pub mod list;
pub mod template;
pub mod unlink;
pub mod verify;
mod view;

pub use view::{EnvironmentView, Setup, SetupChoice};

use domain::{Result, ids::EnvironmentId};

use crate::Request;

/// The environment that a request's path names.
pub(crate) fn id(request: &Request) -> Result<EnvironmentId> {
    request.id("environmentId", "environment")
}
