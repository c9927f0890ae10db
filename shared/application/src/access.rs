//! Which records a caller sees, and which it may change.

use domain::{
    Error, Result,
    environment::Environment,
    ids::{EnvironmentId, PipelineId},
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus},
};

use crate::records::{
    Environments, EnvironmentsById, EnvironmentsOfPipelines, Pipelines, environments_by_id,
};

/// The pipeline `id`, which `caller` wants to work on: to change or deploy it, or to see its repository.
pub(crate) async fn accessible(store: &impl Pipelines, caller: &Caller, id: &PipelineId) -> Result<Pipeline> {
    let pipeline = visible(store, caller, id, |pipeline| {
        pipeline.status != PipelineStatus::Deleted
    })
    .await?;
    check_access(caller, &pipeline)?;
    Ok(pipeline)
}

/// Checks that `caller`, who may read `pipeline`, may work on it.
pub(crate) fn check_access(caller: &Caller, pipeline: &Pipeline) -> Result<()> {
    if caller.may_access_pipeline(pipeline) {
        return Ok(());
    }
    let Pipeline {
        id, team, cicd_team, ..
    } = pipeline;
    Err(Error::Forbidden(format!(
        "only its team, {team}, and that of its CICD environment, {cicd_team}, may do this with the pipeline {id}"
    )))
}

/// The pipeline `id`, without its repository, or what is left of it: administrators read the history of deleted pipelines.
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
        .filter(|pipeline| caller.may_read_pipeline(pipeline) && shown(pipeline))
        .ok_or_else(|| Error::not_found("pipeline", id))
}

/// The pipeline `id` with the environments that it uses, if `caller` may see where its stages are.
pub(crate) async fn with_stages(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    caller: &Caller,
    id: &PipelineId,
) -> Result<(Pipeline, EnvironmentsById)> {
    let not_found = || Error::not_found("pipeline", id);
    let pipeline = store
        .pipeline(id)
        .await?
        .filter(|pipeline| pipeline.status != PipelineStatus::Deleted)
        .ok_or_else(not_found)?;
    let environments = environments_by_id(store, &pipeline.environment_ids()).await?;
    if caller.may_see_stages(&pipeline, environments.values()) {
        Ok((pipeline, environments))
    } else {
        Err(not_found())
    }
}

/// The environment `id` among `environments`, which are those of `pipeline`.
pub(crate) fn used<'e>(
    environments: &'e EnvironmentsById,
    id: &EnvironmentId,
    pipeline: &PipelineId,
) -> Result<&'e Environment> {
    environments.get(id).ok_or_else(|| {
        Error::Internal(format!(
            "the environment {id} of the pipeline {pipeline} has no record"
        ))
    })
}

/// The environment `id` as `caller` sees it.
pub(crate) async fn visible_environment(
    store: &impl Environments,
    caller: &Caller,
    id: &EnvironmentId,
) -> Result<Environment> {
    store
        .environment(id)
        .await?
        .filter(|environment| caller.may_see_environment(environment))
        .ok_or_else(|| Error::not_found("environment", id))
}

/// The environment `id`, which `caller` wants to change.
pub(crate) async fn changeable_environment(
    store: &impl Environments,
    caller: &Caller,
    id: &EnvironmentId,
) -> Result<Environment> {
    let environment = visible_environment(store, caller, id).await?;
    if caller.may_change_environment(&environment) {
        Ok(environment)
    } else {
        Err(Error::Forbidden(format!(
            "only its team, {}, may change the environment {id}",
            environment.team
        )))
    }
}
