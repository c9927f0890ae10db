//! Starting, ending and reading deployments.

pub mod close;
pub(crate) mod complete;
pub mod get;
pub mod holder;
pub mod list;
pub mod redeploy;
pub mod start;
