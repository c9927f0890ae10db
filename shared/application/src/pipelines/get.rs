//! Reading one pipeline.

use domain::{
    Result,
    delivery::Delivery,
    permissions::Caller,
    pipeline::{Pipeline, PipelineId},
};
use futures_util::future::try_join;

use super::Pipelines;
use crate::deliveries::Deliveries;

/// The pipeline `id` as `caller` sees it, with what is known of its runs; administrators see deleted ones, too.
pub async fn get(
    store: &(impl Pipelines + Deliveries),
    caller: &Caller,
    id: &PipelineId,
) -> Result<(Pipeline, Option<Delivery>)> {
    let ids = [id];
    let reading = super::readable(store, caller, id);
    let (pipeline, mut deliveries) = try_join(reading, store.deliveries(&ids)).await?;
    Ok((pipeline, deliveries.remove(id)))
}
