//! Creating, reading, changing and deleting pipelines.

pub mod browse_files;
pub mod change;
pub mod create;
pub mod delete;
pub mod get;
pub mod get_resources;
pub mod issue_credentials;
pub mod list;
pub mod list_branches;
pub mod live_stages;
pub mod repository;
pub mod stages;

use std::collections::BTreeMap;

use domain::{
    Error, Result,
    environment::{Environment, EnvironmentId},
    permissions::Caller,
    pipeline::{Pipeline, PipelineId, PipelineStatus},
};

use crate::environments::EnvironmentsOfPipelines;

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

/// The environments of a pipeline by their ids.
pub(crate) type UsedEnvironments = BTreeMap<EnvironmentId, Environment>;

/// The pipeline `id` with the environments that it uses, if `caller` may see where its stages are.
pub(crate) async fn with_stages(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    caller: &Caller,
    id: &PipelineId,
) -> Result<(Pipeline, UsedEnvironments)> {
    let not_found = || Error::NotFound {
        what: "pipeline",
        id: id.to_string(),
    };
    let pipeline = store
        .pipeline(id)
        .await?
        .filter(|pipeline| pipeline.status != PipelineStatus::Deleted)
        .ok_or_else(not_found)?;
    let environments: UsedEnvironments = store
        .environments(&pipeline.environment_ids())
        .await?
        .into_iter()
        .map(|environment| (environment.id.clone(), environment))
        .collect();
    if caller.may_see_stages(&pipeline, environments.values()) {
        Ok((pipeline, environments))
    } else {
        Err(not_found())
    }
}

/// The environment `id` among `environments`, which are those of `pipeline`.
pub(crate) fn used<'e>(
    environments: &'e UsedEnvironments,
    id: &EnvironmentId,
    pipeline: &PipelineId,
) -> Result<&'e Environment> {
    environments.get(id).ok_or_else(|| {
        Error::Internal(format!(
            "the environment {id} of the pipeline {pipeline} has no record"
        ))
    })
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
