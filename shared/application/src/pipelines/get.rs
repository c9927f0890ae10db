//! Reading one pipeline.

use domain::{Error, Result, delivery::Delivery, ids::PipelineId, permissions::Caller, pipeline::Pipeline};
use futures_util::future::try_join;

use crate::{
    access::{readable, with_stages},
    records::{Deliveries, EnvironmentsOfPipelines, Pipelines},
};

/// A pipeline as a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// What is known of its runs.
    pub delivery: Option<Delivery>,
    /// Whether the caller works on it, too: who only owns a stage's environment has nothing to do with the repository.
    pub works_on_it: bool,
}

/// The pipeline `id` as `caller` sees it, with what is known of its runs; administrators see deleted ones, too.
pub async fn get(
    store: &(impl Pipelines + EnvironmentsOfPipelines + Deliveries),
    caller: &Caller,
    id: &PipelineId,
) -> Result<Shown> {
    let reading = async {
        match readable(store, caller, id).await {
            Err(Error::NotFound { .. }) => {
                let (pipeline, _) = with_stages(store, caller, id).await?;
                Ok((pipeline, false))
            }
            read => Ok((read?, true)),
        }
    };
    let ids = [id];
    let ((pipeline, works_on_it), mut deliveries) = try_join(reading, store.deliveries(&ids)).await?;
    Ok(Shown {
        delivery: deliveries.remove(id),
        pipeline,
        works_on_it,
    })
}
