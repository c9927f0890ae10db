//! Reading one pipeline.

use domain::{Error, Result, delivery::Delivery, ids::PipelineId, permissions::Caller, pipeline::Pipeline};
use futures_util::future::try_join;

use crate::{
    access::{readable, with_stages},
    records::{Deliveries, EnvironmentsById, EnvironmentsOfPipelines, Pipelines, environments_by_id},
};

/// A pipeline with what is shown beside its record.
#[derive(Clone, Debug)]
pub struct Shown {
    pub pipeline: Pipeline,
    /// What is known of its runs.
    pub delivery: Option<Delivery>,
    /// The environments that it uses; of a deleted pipeline, as far as they are there.
    pub environments: EnvironmentsById,
}

/// The pipeline `id` as `caller` sees it; administrators see deleted ones, too.
pub async fn get(
    store: &(impl Pipelines + EnvironmentsOfPipelines + Deliveries),
    caller: &Caller,
    id: &PipelineId,
) -> Result<Shown> {
    let reading = async {
        match readable(store, caller, id).await {
            // Its record may be older than the list of its readers in it.
            Err(Error::NotFound { .. }) => with_stages(store, caller, id).await,
            read => {
                let pipeline = read?;
                let environments = environments_by_id(store, &pipeline.environment_ids()).await?;
                Ok((pipeline, environments))
            }
        }
    };
    let ids = [id];
    let ((pipeline, environments), mut deliveries) = try_join(reading, store.deliveries(&ids)).await?;
    Ok(Shown {
        delivery: deliveries.remove(&pipeline.id),
        pipeline,
        environments,
    })
}
