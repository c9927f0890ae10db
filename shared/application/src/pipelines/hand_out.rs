//! Whether credentials of a pipeline are handed out at all.

use domain::{Error, Result, environment::HandOut, pipeline::Pipeline};

use crate::records::Environments;

/// [`Error::Forbidden`] if the CICD environment of `pipeline` hands out no credentials.
pub(super) async fn check(store: &impl Environments, pipeline: &Pipeline) -> Result<()> {
    let environment = store.environment(&pipeline.cicd_environment_id).await?;
    match environment {
        Some(environment) if environment.credentials == HandOut::Disabled => Err(Error::Forbidden(format!(
            "the environment {}, where the repository is, hands out no credentials. Its team, {}, may enable them: PATCH \
             /environments/{} with \"credentials\": \"ENABLED\"",
            environment.id, environment.team, environment.id
        ))),
        _ => Ok(()),
    }
}
