//! Unlinking an environment.

use domain::{
    Error, Result, environment::Environment, ids::EnvironmentId, permissions::Caller, pipeline::Pipeline,
    revision::Revision,
};

use super::users::users_of;
use crate::{
    access::changeable_environment,
    records::{CommitEnvironments, listing::Listings, retrying},
};

/// The error names at most so many of the pipelines that are in the way.
const NAMED: usize = 20;

/// Unlinks the environment `id`, unless a pipeline uses it.
pub async fn unlink(
    store: &(impl CommitEnvironments + Listings<Pipeline>),
    caller: &Caller,
    id: &EnvironmentId,
    expected: Option<&[Revision]>,
) -> Result<()> {
    retrying(async || {
        let environment = changeable_environment(store, caller, id).await?;
        environment.revision.check_expected(expected)?;
        if environment.pipeline_count > 0 {
            return Err(in_the_way(store, &environment).await?);
        }
        store.commit_environment(&environment.unlinked(), None).await
    })
    .await
}

/// What keeps `environment` from being unlinked, and what ends it.
async fn in_the_way(store: &impl Listings<Pipeline>, environment: &Environment) -> Result<Error> {
    let id = &environment.id;
    let pipelines = users_of(store, id, NAMED).await?;
    let (hosted, delivering): (Vec<_>, Vec<_>) = pipelines
        .iter()
        .partition(|pipeline| pipeline.cicd_environment_id == *id);
    let named = |pipelines: Vec<&Pipeline>| {
        let named: Vec<String> = pipelines
            .into_iter()
            .map(|pipeline| format!("{} ({}, team {})", pipeline.id, pipeline.name, pipeline.team))
            .collect();
        named.join(", ")
    };
    let mut told = vec![format!(
        "{} pipeline(s) use the environment {id}",
        environment.pipeline_count
    )];
    if !delivering.is_empty() {
        told.push(format!(
            "Evict the stages of {} with DELETE /environments/{id}/pipelines/{{pipelineId}}",
            named(delivering)
        ));
    }
    if !hosted.is_empty() {
        told.push(format!(
            "It holds repository and CICD stack of {}: delete them with DELETE /pipelines/{{pipelineId}}",
            named(hosted)
        ));
    }
    told.push(format!("GET /pipelines?environmentId={id} lists them all"));
    Ok(Error::Conflict(told.join(". ")))
}
