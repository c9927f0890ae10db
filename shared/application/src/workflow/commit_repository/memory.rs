//! What the platform remembers of a repository from one deployment to the next.

use std::collections::BTreeMap;

use domain::{Result, deployment::DeploymentId, pipeline::PipelineId};
use rendering::Repository;
use serde::{Deserialize, Serialize};

use crate::workflow::artifacts::{FindArtifacts, PipelineArtifacts, WriteArtifacts, find_json, put_json};

/// The paths and contents of the files that edits write again.
pub(super) type Files = BTreeMap<String, String>;

/// What was rendered last, and is in the branch: the base of the next merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rendered {
    /// The deployment that wrote this.
    pub(super) deployment_id: DeploymentId,
    /// The head of the branch then.
    pub(super) commit_id: String,
    /// The files.
    pub(super) files: Files,
    /// The keys of the tags that the repository got from the platform.
    pub(super) tags: Vec<String>,
}

/// What the platform proposes where it contradicts developers' changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Proposal {
    /// The deployment that made it.
    pub(super) deployment_id: DeploymentId,
    /// The branch that it lies on.
    pub(super) branch: String,
    /// Its commit: once that is merged, its files are the base of the next merge.
    pub(super) commit_id: String,
    /// The pull request.
    pub(super) pull_request_id: String,
    /// The files as they were rendered.
    pub(super) files: Files,
}

impl Rendered {
    pub(super) async fn find(artifacts: &impl FindArtifacts, pipeline: &PipelineId) -> Result<Option<Self>> {
        find_json(artifacts, &PipelineArtifacts::of(pipeline).rendered()).await
    }

    pub(super) async fn keep(&self, artifacts: &impl WriteArtifacts, pipeline: &PipelineId) -> Result<()> {
        put_json(artifacts, &PipelineArtifacts::of(pipeline).rendered(), self).await
    }
}

impl Proposal {
    pub(super) async fn find(artifacts: &impl FindArtifacts, pipeline: &PipelineId) -> Result<Option<Self>> {
        find_json(artifacts, &PipelineArtifacts::of(pipeline).proposal()).await
    }

    pub(super) async fn keep(&self, artifacts: &impl WriteArtifacts, pipeline: &PipelineId) -> Result<()> {
        put_json(artifacts, &PipelineArtifacts::of(pipeline).proposal(), self).await
    }
}

/// The files of `repository` that edits write again.
pub(super) fn edited(repository: &Repository) -> Files {
    repository
        .files()
        .iter()
        .filter(|file| file.rewritten_on_edit)
        .map(|file| (file.path.clone(), file.content.clone()))
        .collect()
}
