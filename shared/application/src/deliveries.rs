//! How pipelines' runs go: what `CodePipeline`'s events tell is kept beside the pipelines' records and told on.

pub mod change;
pub mod record;

use std::collections::BTreeMap;

use domain::{Result, delivery::Delivery, pipeline::PipelineId};

/// Reads what is kept of pipelines' runs.
pub trait Deliveries: Sync {
    /// What is kept of the runs of the pipelines `ids`, read consistently; those that nothing is known of are missing.
    fn deliveries(
        &self,
        ids: &[&PipelineId],
    ) -> impl Future<Output = Result<BTreeMap<PipelineId, Delivery>>> + Send;
}
