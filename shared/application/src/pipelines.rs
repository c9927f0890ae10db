//! Creating, reading and changing pipelines.

pub mod browse_files;
pub mod change;
pub mod create;
pub mod get;
pub mod issue_credentials;
pub mod list;
pub mod live_stages;
pub mod repository;
pub mod stages;

use domain::{
    Error, Result,
    permissions::Caller,
    pipeline::{Pipeline, PipelineId},
};

/// Reads a pipeline's record.
pub trait Pipelines: Sync {
    /// The present record of the pipeline `id`, read consistently, if there is one.
    fn pipeline(&self, id: &PipelineId) -> impl Future<Output = Result<Option<Pipeline>>> + Send;
}

/// The pipeline `id` as `caller` sees it.
pub(crate) async fn accessible(store: &impl Pipelines, caller: &Caller, id: &PipelineId) -> Result<Pipeline> {
    store
        .pipeline(id)
        .await?
        .filter(|pipeline| caller.may_access_pipeline(pipeline))
        .ok_or_else(|| Error::NotFound {
            what: "pipeline",
            id: id.to_string(),
        })
}
