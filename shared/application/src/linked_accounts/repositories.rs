//! Repositories in the CICD accounts, and whose they are.

use std::collections::BTreeMap;

use domain::{Result, ids::PipelineId, names::PIPELINE_TAG};

use super::sessions::Session;

/// Finds repositories.
pub trait FindRepository: Sync {
    /// The tags of `repository`; none if there is no such repository.
    fn tags_if_there(
        &self,
        session: &Session,
        repository: &str,
    ) -> impl Future<Output = Result<Option<BTreeMap<String, String>>>> + Send;
}

/// Whether the repository with these tags was made for `pipeline`. Any other one is left alone, whatever its name.
#[must_use]
pub fn was_made_for(pipeline: &PipelineId, tags: &BTreeMap<String, String>) -> bool {
    tags.get(PIPELINE_TAG)
        .is_some_and(|owner| owner == pipeline.as_str())
}
