//! Starting, ending and reading deployments.

pub mod end;
pub mod get;
pub mod list;
pub mod redeploy;
pub mod start;
