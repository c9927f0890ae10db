//! `/pipelines/{pipelineId}/runs`, and what is done to the stages of a run.

pub mod approve;
pub mod get;
pub mod list;
pub mod retry;
pub mod start;
pub mod stop;
mod view;

pub use view::ApprovalView;

use domain::{
    Result,
    ids::{RunId, StageName},
};

use crate::Request;

/// The run that a request's path names.
fn id(request: &Request) -> Result<RunId> {
    request.id("runId", "run")
}

/// The stage that a request's path names.
fn stage(request: &Request) -> Result<StageName> {
    request.id("stage", "stage")
}
