//! Creating, reading, changing and deleting pipelines.

pub mod browse_files;
pub mod change;
pub mod create;
pub mod delete;
pub mod get;
pub mod issue_credentials;
pub mod list;
pub mod list_branches;
pub mod live_stages;
pub mod repository;
pub mod stages;

use domain::{
    Error, Result,
    permissions::Caller,
    pipeline::{Pipeline, PipelineId, PipelineStatus},
};

/// Reads a pipeline's record.
pub trait Pipelines: Sync {
    /// The present record of the pipeline `id`, read consistently, if there is one.
    fn pipeline(&self, id: &PipelineId) -> impl Future<Output = Result<Option<Pipeline>>> + Send;
}

/// The pipeline `id` as `caller` sees it.
pub(crate) async fn accessible(store: &impl Pipelines, caller: &Caller, id: &PipelineId) -> Result<Pipeline> {
    visible(store, caller, id, |pipeline| {
        pipeline.status != PipelineStatus::Deleted
    })
    .await
}

/// The pipeline `id` as `caller` sees it, or what is left of it: administrators read the history of deleted pipelines.
pub(crate) async fn readable(store: &impl Pipelines, caller: &Caller, id: &PipelineId) -> Result<Pipeline> {
    visible(store, caller, id, |pipeline| {
        caller.is_admin() || pipeline.status != PipelineStatus::Deleted
    })
    .await
}

async fn visible(
    store: &impl Pipelines,
    caller: &Caller,
    id: &PipelineId,
    shown: impl Fn(&Pipeline) -> bool + Send,
) -> Result<Pipeline> {
    store
        .pipeline(id)
        .await?
        .filter(|pipeline| caller.may_access_pipeline(pipeline) && shown(pipeline))
        .ok_or_else(|| Error::NotFound {
            what: "pipeline",
            id: id.to_string(),
        })
}

/// Tries a change of a pipeline's record again when the record changed meanwhile: a deployment that ends changes it, too, and
/// that is nothing that the caller could mend.
pub(crate) async fn despite_endings(attempt: impl AsyncFn() -> Result<Pipeline>) -> Result<Pipeline> {
    const ATTEMPTS: u32 = 4;
    let mut tried = 1;
    loop {
        match attempt().await {
            Err(Error::ConcurrentChange(_)) if tried < ATTEMPTS => tried += 1,
            settled => return settled,
        }
    }
}
