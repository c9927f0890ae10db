//! What the platform remembers of a repository from one deployment to the next.

use std::collections::BTreeMap;

use domain::{
    Result,
    ids::{DeploymentId, PipelineId},
    repository::MAIN_BRANCH,
};
use rendering::Repository;
use serde::{Deserialize, Serialize};

use crate::artifacts::{
    ArtifactsPrefix, FindArtifacts, PipelineArtifacts, WriteArtifacts, find_json, put_json,
};

/// The paths and contents of the files that edits write again.
pub(super) type Files = BTreeMap<String, String>;

/// What was rendered last, and is in the branches: the base of the next merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rendered {
    /// The deployment that brought the files into the branches.
    pub(super) deployment_id: DeploymentId,
    /// The head of the branch `main` then.
    pub(super) commit_id: String,
    /// The files.
    pub(super) files: Files,
    /// The keys of the tags that the repository got from the platform.
    pub(super) tags: Vec<String>,
    /// The heads of the other branches that stages are delivered from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) branches: BTreeMap<String, String>,
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

/// The last proposal for each branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredProposals")]
pub(super) struct Proposals(pub(super) BTreeMap<String, Proposal>);

/// Platforms that brought edits to `main` alone kept one proposal.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredProposals {
    ForMain(Proposal),
    ByBranch(BTreeMap<String, Proposal>),
}

impl From<StoredProposals> for Proposals {
    fn from(stored: StoredProposals) -> Self {
        match stored {
            StoredProposals::ForMain(proposal) => Self([(MAIN_BRANCH.to_owned(), proposal)].into()),
            StoredProposals::ByBranch(proposals) => Self(proposals),
        }
    }
}

impl Rendered {
    pub(super) async fn find(artifacts: &impl FindArtifacts, pipeline: &PipelineId) -> Result<Option<Self>> {
        find_json(artifacts, &PipelineArtifacts::of(pipeline).rendered()).await
    }

    pub(super) async fn keep(&self, artifacts: &impl WriteArtifacts, pipeline: &PipelineId) -> Result<()> {
        put_json(artifacts, &PipelineArtifacts::of(pipeline).rendered(), self).await
    }

    /// The head of a branch then; none if it was not known.
    pub(super) fn head(&self, branch: &str) -> Option<&str> {
        if branch == MAIN_BRANCH {
            Some(&self.commit_id)
        } else {
            self.branches.get(branch).map(String::as_str)
        }
    }
}

impl Proposals {
    pub(super) async fn find(artifacts: &impl FindArtifacts, pipeline: &PipelineId) -> Result<Self> {
        let found = find_json(artifacts, &PipelineArtifacts::of(pipeline).proposal()).await?;
        Ok(found.unwrap_or_default())
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

/// The files as `deployment` rendered them, as long as its artifacts are kept.
///
/// The deployment's id comes from a commit's message, and anybody may write one: that of another pipeline gives nothing.
pub(super) async fn rendered_by(
    artifacts: &impl FindArtifacts,
    pipeline: &PipelineId,
    deployment: &DeploymentId,
) -> Result<Option<Files>> {
    #[derive(Deserialize)]
    struct Planned {
        blueprint: Identified,
    }
    #[derive(Deserialize)]
    struct Identified {
        id: PipelineId,
    }

    let prefix = ArtifactsPrefix::of(deployment);
    let planned: Option<Planned> = find_json(artifacts, &prefix.plan()).await?;
    if planned.is_none_or(|planned| planned.blueprint.id != *pipeline) {
        return Ok(None);
    }
    let repository: Option<Repository> = find_json(artifacts, &prefix.repository()).await?;
    Ok(repository.as_ref().map(edited))
}
