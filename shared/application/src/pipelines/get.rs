//! Reading one pipeline.

use domain::{
    Result,
    permissions::Caller,
    pipeline::{Pipeline, PipelineId},
};

use super::Pipelines;

/// The pipeline `id` as `caller` sees it; administrators see deleted ones, too.
pub async fn get(store: &impl Pipelines, caller: &Caller, id: &PipelineId) -> Result<Pipeline> {
    super::readable(store, caller, id).await
}
