//! `/pipelines/{pipelineId}/revisions`

pub mod list;
pub mod restore;
mod view;

pub use view::RevisionView;
