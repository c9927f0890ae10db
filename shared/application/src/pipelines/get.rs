//! Reading one pipeline.

use domain::{Error, Result, delivery::Delivery, ids::PipelineId, permissions::Caller, pipeline::Pipeline};
use futures_util::future::try_join;

use crate::{
    access::{readable, with_stages},
    records::{Deliveries, EnvironmentsOfPipelines, Pipelines},
};

/// The pipeline `id` as `caller` sees it, with what is known of its runs; administrators see deleted ones, too.
pub async fn get(
    store: &(impl Pipelines + EnvironmentsOfPipelines + Deliveries),
    caller: &Caller,
    id: &PipelineId,
) -> Result<(Pipeline, Option<Delivery>)> {
    let reading = async {
        match readable(store, caller, id).await {
            // Its record may be older than the list of its readers in it.
            Err(Error::NotFound { .. }) => Ok(with_stages(store, caller, id).await?.0),
            read => read,
        }
    };
    let ids = [id];
    let (pipeline, mut deliveries) = try_join(reading, store.deliveries(&ids)).await?;
    Ok((pipeline, deliveries.remove(id)))
}
