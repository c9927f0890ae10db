//! What the next merge into a branch begins from: the files that the platform brought into it last.
//!
//! The note of that may be missing or older than the branch: a try of a deployment died between its commit and its note, or
//! the branch was not the platform's then. So the history is asked, too: each commit of the platform names its deployment.

use domain::{Result, ids::DeploymentId, repository::MAIN_BRANCH};

use super::{
    ReadRepositories,
    memory::{Files, Proposal, Proposals, Rendered, rendered_by},
    survey::Surveyor,
};
use crate::artifacts::FindArtifacts;

/// How the last line of the platform's commits begins; a deployment's id follows. CodeCommit has no client token by which
/// a later try of the deployment would know its commit.
const TRAILER: &str = "Deployment: ";

/// So many commits of a branch are looked at: each is a call.
const FARTHEST: usize = 50;

/// The last line of the commits of `deployment`.
pub(super) fn trailer(deployment: &DeploymentId) -> String {
    format!("{TRAILER}{deployment}")
}

/// Where a branch stands.
pub(super) enum Base {
    /// An earlier try of this deployment has made this commit on it.
    Made(String),
    /// It holds what was noted last.
    AsNoted(Files),
    /// It holds other files of the platform's.
    Other(Files),
}

/// What is known before a branch is looked at.
pub(super) struct Seen<'a> {
    pub(super) last: Option<&'a Rendered>,
    pub(super) proposals: &'a Proposals,
    /// The head of the branch `main`.
    pub(super) main: &'a str,
}

/// A commit of the platform's. The later deployment is the greater one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ours {
    deployment: DeploymentId,
    commit: String,
}

impl<A: FindArtifacts, H: ReadRepositories> Surveyor<'_, A, H> {
    /// Where the branch with this head stands.
    pub(super) async fn base(&self, branch: &str, head: &str, known: &Seen<'_>) -> Result<Base> {
        let noted = known.last.and_then(|last| Some((last, last.head(branch)?)));
        if let Some((last, seen)) = noted
            && seen == head
            && last.deployment_id != self.deployment_id
        {
            return Ok(Base::AsNoted(last.files.clone()));
        }
        let mut ours = self.latest_of_ours(head, noted.map(|(_, seen)| seen)).await?;
        if noted.is_none()
            && branch != MAIN_BRANCH
            && let Some(common) = self.merge_base([known.main, head]).await?
        {
            // Developers may have merged `main` into the branch.
            ours = ours.max(self.latest_of_ours(&common, None).await?);
        }
        if let Some(ours) = &ours
            && ours.deployment == self.deployment_id
        {
            return Ok(Base::Made(ours.commit.clone()));
        }

        let newer =
            |deployment: &DeploymentId| noted.is_none_or(|(last, _)| *deployment > last.deployment_id);
        let proposal = known.proposals.0.get(branch);
        let mut candidates = Vec::new();
        if let Some(proposal) = proposal.filter(|proposal| newer(&proposal.deployment_id))
            && self.is_merged(proposal, head).await?
        {
            candidates.push((proposal.deployment_id.clone(), proposal.files.clone()));
        }
        if let Some(ours) = ours.filter(|ours| newer(&ours.deployment))
            && let Some(files) = self.rendered_by(ours.deployment.clone(), known.last).await?
        {
            candidates.push((ours.deployment, files));
        }
        if let Some((_, files)) = candidates.into_iter().max() {
            return Ok(Base::Other(files));
        }
        match noted {
            Some((last, _)) => Ok(Base::AsNoted(last.files.clone())),
            None => Ok(Base::Other(self.first_files(head).await?)),
        }
    }

    /// The platform's commit of the latest deployment among those that `head` goes back to by first parents, up to the one
    /// that was `seen` before.
    async fn latest_of_ours(&self, head: &str, seen: Option<&str>) -> Result<Option<Ours>> {
        let mut latest = None;
        let mut next = Some(head.to_owned());
        for _ in 0..FARTHEST {
            let Some(commit) = next else { break };
            let found = self.host.look(&self.session, &self.name, &commit).await?;
            let trailers = found
                .message
                .lines()
                .filter_map(|line| line.strip_prefix(TRAILER));
            let ours = trailers
                .filter_map(|id| DeploymentId::parse(id).ok())
                .max()
                .map(|deployment| Ours {
                    deployment,
                    commit: commit.clone(),
                });
            latest = latest.max(ours);
            if seen == Some(commit.as_str()) {
                break;
            }
            next = found.parent;
        }
        Ok(latest)
    }

    async fn merge_base(&self, commits: [&str; 2]) -> Result<Option<String>> {
        self.host.merge_base(&self.session, &self.name, commits).await
    }

    /// Whether developers have merged the proposal into the branch with this head.
    async fn is_merged(&self, proposal: &Proposal, head: &str) -> Result<bool> {
        let base = self.merge_base([&proposal.commit_id, head]).await?;
        Ok(base.as_ref() == Some(&proposal.commit_id))
    }

    async fn rendered_by(&self, deployment: DeploymentId, last: Option<&Rendered>) -> Result<Option<Files>> {
        match last {
            Some(last) if last.deployment_id == deployment => Ok(Some(last.files.clone())),
            _ => rendered_by(self.artifacts, self.pipeline_id(), &deployment).await,
        }
    }

    /// The files as they were in the repository's first commit: the oldest that is known, where nothing else is. What was
    /// committed since is then on both sides, and no conflict.
    async fn first_files(&self, head: &str) -> Result<Files> {
        let first = self
            .host
            .first_commit(&self.session, &self.name, head)
            .await?
            .unwrap_or_else(|| head.to_owned());
        let mut files = Files::new();
        for path in self.files.keys() {
            if let Some(content) = self.text(&first, path).await?.and_then(std::result::Result::ok) {
                files.insert(path.clone(), content);
            }
        }
        Ok(files)
    }
}
