//! Starting, ending and reading deployments.

pub(crate) mod complete;
pub mod get;
pub mod list;
pub mod redeploy;
pub mod start;
