//! Whether credentials of a pipeline are handed out at all.

use domain::{
    Error, Result,
    environment::{Environment, HandOut},
};

/// [`Error::Forbidden`] if the CICD environment `cicd` hands out no credentials.
pub(super) fn check(cicd: &Environment) -> Result<()> {
    match cicd.credentials {
        HandOut::Enabled => Ok(()),
        HandOut::Disabled => Err(Error::Forbidden(format!(
            "the environment {}, where the repository is, hands out no credentials. Its team, {}, may enable them: PATCH \
             /environments/{} with \"credentials\": \"ENABLED\"",
            cicd.id, cicd.team, cicd.id
        ))),
    }
}
