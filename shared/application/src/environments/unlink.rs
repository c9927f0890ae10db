//! Unlinking an environment.

use domain::{
    Error, Result,
    environment::{Environment, EnvironmentId},
    permissions::Caller,
    revision::Revision,
};

use super::Environments;
use crate::if_match;

/// Removes an environment.
pub trait Store: Environments {
    /// Removes `environment` with its listings if it is still at that revision and no pipeline uses it;
    /// [`Error::ConcurrentChange`] otherwise.
    fn unlink(&self, environment: &Environment) -> impl Future<Output = Result<()>> + Send;
}

/// Unlinks the environment `id`, unless a pipeline uses it.
pub async fn unlink(
    store: &impl Store,
    caller: &Caller,
    id: &EnvironmentId,
    expected: Option<&[Revision]>,
) -> Result<()> {
    let environment = super::changeable(store, caller, id).await?;
    if_match::check(expected, environment.revision)?;
    if environment.pipeline_count > 0 {
        return Err(Error::Conflict(format!(
            "{} pipeline(s) use the environment {id}: delete them or move their stages first; \
             GET /pipelines?environmentId={id} lists them",
            environment.pipeline_count
        )));
    }
    store.unlink(&environment).await
}
