//! `/pipelines`

pub mod branches;
pub mod change;
pub mod create;
pub mod credentials;
pub mod delete;
pub mod files;
pub mod get;
pub mod list;
pub mod resources;
pub mod stages;
mod view;

pub use view::{PipelineView, StageView};

use domain::{Result, ids::PipelineId};

use crate::Request;

/// The pipeline that a request's path names.
pub(crate) fn id(request: &Request) -> Result<PipelineId> {
    request.id("pipelineId", "pipeline")
}
