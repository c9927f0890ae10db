//! `/pipelines/{pipelineId}/deployments`

pub mod get;
pub mod list;
pub mod redeploy;
mod view;

pub use view::DeploymentView;
