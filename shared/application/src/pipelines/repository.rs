//! What requests for a pipeline's repository begin with: the way into its CICD account, and whether the repository is the
//! pipeline's.

use domain::{Error, Result, ids::PipelineId, names::PipelineNames, permissions::Caller, pipeline::Pipeline};

use crate::{
    access::accessible,
    linked_accounts::{
        repositories::{FindRepository, was_made_for},
        session_policy::Calls,
        sessions::Session,
    },
    platform::Platform,
    records::{Environments, Pipelines},
};

/// The pipeline `id`, if `caller` may access it, and the caller's session for `calls` in its CICD account.
pub(super) async fn enter(
    store: &(impl Pipelines + Environments),
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
    calls: &[Calls],
) -> Result<(Pipeline, Session)> {
    let pipeline = accessible(store, caller, id).await?;
    let cicd = store
        .environment(&pipeline.cicd_environment_id)
        .await?
        .ok_or_else(|| {
            Error::Internal(format!(
                "the CICD environment {} of the pipeline {id} has no record",
                pipeline.cicd_environment_id
            ))
        })?;
    let session = platform.session(&cicd, &pipeline, &caller.username, calls)?;
    Ok((pipeline, session))
}

/// The name of the repository of `pipeline`, if it is there and was made for it.
pub(super) async fn find(
    repositories: &impl FindRepository,
    platform: &Platform,
    session: &Session,
    pipeline: &Pipeline,
) -> Result<String> {
    let name = PipelineNames::of(&platform.prefix, pipeline).repository();
    let tags = repositories.tags_if_there(session, &name).await?;
    match tags {
        Some(tags) if was_made_for(&pipeline.id, &tags) => Ok(name),
        Some(_) => Err(Error::RepositoryNotOurs(name)),
        None => Err(Error::Conflict(format!(
            "the repository {name} is not there: a deployment makes it. Wait for the running one to end, or deploy the \
             pipeline again"
        ))),
    }
}
