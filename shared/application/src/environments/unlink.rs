//! Unlinking an environment.

use domain::{Error, Result, ids::EnvironmentId, permissions::Caller, revision::Revision};

use crate::{
    access::changeable_environment,
    records::{CommitEnvironments, retrying},
};

/// Unlinks the environment `id`, unless a pipeline uses it.
pub async fn unlink(
    store: &impl CommitEnvironments,
    caller: &Caller,
    id: &EnvironmentId,
    expected: Option<&[Revision]>,
) -> Result<()> {
    retrying(async || {
        let environment = changeable_environment(store, caller, id).await?;
        environment.revision.check_expected(expected)?;
        if environment.pipeline_count > 0 {
            return Err(Error::Conflict(format!(
                "{} pipeline(s) use the environment {id}: delete them or move their stages first; \
                 GET /pipelines?environmentId={id} lists them",
                environment.pipeline_count
            )));
        }
        store.commit_environment(&environment.unlinked(), None).await
    })
    .await
}
