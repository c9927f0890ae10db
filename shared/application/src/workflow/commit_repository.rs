//! `CommitRepository`: creates the repository if it is not there and commits its files if it is empty; later, merges what an
//! edit of the pipeline changes with what its developers made of it.

mod host;
mod memory;
mod merge;

use std::{
    collections::{BTreeMap, BTreeSet},
    string::FromUtf8Error,
};

use domain::{
    Error, Result,
    deployment::{Commit, DeploymentId},
    names::{PIPELINE_TAG, PipelineNames},
    pipeline::PipelineId,
};
use rendering::{BRANCH, Repository};
use serde::{Deserialize, Serialize};

use super::{
    StepInput,
    accounts::Session,
    artifacts::{FindArtifacts, ReadArtifacts, WriteArtifacts, get_json},
    plan::{Plan, PlanSummary},
};

pub use host::{
    Branch, BranchCreation, Committed, Creation, EditRepositories, NewCommit, NewPullRequest, NewRepository,
    RepositoryHost,
};
use memory::{Files, Proposal, Rendered};
use merge::{Merge, merge};

/// CodeCommit takes so many files in one commit.
pub const MAX_FILES: usize = 100;
/// CodeCommit takes files up to so many bytes: 6 MB.
pub const MAX_FILE_BYTES: usize = 6 * 1024 * 1024;
/// CodeCommit takes commits up to so many bytes in all: 7 MB, paths included.
pub const MAX_COMMIT_BYTES: usize = 7 * 1024 * 1024;

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// What `Prepare` answered.
    pub plan: PlanSummary,
}

impl StepInput for Input {
    fn pipeline_id(&self) -> Option<&PipelineId> {
        Some(&self.plan.pipeline_id)
    }

    fn deployment_id(&self) -> Option<&DeploymentId> {
        Some(&self.deployment_id)
    }
}

/// The step with what it works with.
#[derive(Debug)]
pub struct CommitRepository<A, H> {
    /// The artifacts bucket.
    pub artifacts: A,
    /// The repositories.
    pub host: H,
}

impl<A, H> CommitRepository<A, H>
where
    A: ReadArtifacts + FindArtifacts + WriteArtifacts,
    H: RepositoryHost + EditRepositories,
{
    /// Runs the step.
    pub async fn run(&self, input: Input) -> Result<Commit> {
        let Input {
            deployment_id,
            plan: summary,
        } = input;
        let plan = summary.plan(&self.artifacts).await?;
        let repository: Repository =
            get_json(&self.artifacts, &summary.artifacts_prefix.repository()).await?;
        check_limits(&repository)?;
        let work = Work {
            artifacts: &self.artifacts,
            host: &self.host,
            session: plan.cicd_session(&deployment_id),
            name: PipelineNames::from(&plan.blueprint).repository(),
            author: format!("{}-pipelines", plan.blueprint.prefix),
            trailer: format!("Deployment: {deployment_id}"),
            files: memory::edited(&repository),
            repository: &repository,
            plan: &plan,
            deployment_id,
        };
        let (commit_id, changed) = work.run().await?;
        work.create_stage_branches(&commit_id).await?;
        Ok(Commit {
            repository_name: work.name,
            branch: BRANCH.to_owned(),
            commit_id,
            changed,
        })
    }
}

/// The work on one repository.
struct Work<'a, A, H> {
    artifacts: &'a A,
    host: &'a H,
    plan: &'a Plan,
    deployment_id: DeploymentId,
    session: Session,
    name: String,
    author: String,
    /// The last line of this deployment's commit; a later try knows it by that, for CodeCommit has no client token.
    trailer: String,
    /// All files as they are rendered now.
    repository: &'a Repository,
    /// Those of them that an edit writes again.
    files: Files,
}

impl<A, H> Work<'_, A, H>
where
    A: FindArtifacts + WriteArtifacts,
    H: RepositoryHost + EditRepositories,
{
    /// The head of the branch, and whether this deployment made it.
    async fn run(&self) -> Result<(String, bool)> {
        match self.branch(BRANCH).await? {
            Branch::NoRepository => {
                if self.create().await? == Creation::Exists {
                    self.require_ours().await?;
                }
                self.begin().await
            }
            Branch::NoBranch => {
                let tags = self.require_ours().await?;
                let last = Rendered::find(self.artifacts, self.pipeline_id()).await?;
                if let Some(last) = last
                    && self.create_branch(BRANCH, &last.commit_id).await? == BranchCreation::There
                {
                    let head = last.commit_id.clone();
                    return self.edit(head, &tags, Some(last)).await;
                }
                self.begin().await
            }
            Branch::Head(head) => {
                let tags = self.require_ours().await?;
                let last = Rendered::find(self.artifacts, self.pipeline_id()).await?;
                self.edit(head, &tags, last).await
            }
        }
    }

    /// Makes the branches that stages are delivered from, where they are not there.
    async fn create_stage_branches(&self, head: &str) -> Result<()> {
        let blueprint = &self.plan.blueprint;
        let branches: BTreeSet<&str> = blueprint
            .stages
            .iter()
            .map(|stage| blueprint.strategy.branch(&stage.name))
            .filter(|branch| *branch != BRANCH)
            .collect();
        for branch in branches {
            if self.branch(branch).await? == Branch::NoBranch
                && self.create_branch(branch, head).await? == BranchCreation::NoCommit
            {
                return Err(Error::ConcurrentChange("the repository"));
            }
        }
        Ok(())
    }

    fn pipeline_id(&self) -> &PipelineId {
        &self.plan.blueprint.id
    }

    async fn branch(&self, branch: &str) -> Result<Branch> {
        self.host.branch(&self.session, &self.name, branch).await
    }

    async fn create_branch(&self, branch: &str, commit_id: &str) -> Result<BranchCreation> {
        self.host
            .create_branch(&self.session, &self.name, branch, commit_id)
            .await
    }

    /// The tags that the repository is to have.
    fn tags(&self) -> BTreeMap<String, String> {
        let blueprint = &self.plan.blueprint;
        let own = (PIPELINE_TAG.to_owned(), blueprint.id.to_string());
        let tags = blueprint
            .tags
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        tags.chain([own]).collect()
    }

    async fn create(&self) -> Result<Creation> {
        let repository = NewRepository {
            name: self.name.clone(),
            description: self.plan.blueprint.description.to_string(),
            tags: self.tags(),
        };
        self.host.create(&self.session, &repository).await
    }

    /// The repository's tags. Ours was set in the same call that created the repository, so only the platform's own have it.
    async fn require_ours(&self) -> Result<BTreeMap<String, String>> {
        let tags = self.host.tags(&self.session, &self.name).await?;
        if tags
            .get(PIPELINE_TAG)
            .is_some_and(|id| id == self.pipeline_id().as_str())
        {
            Ok(tags)
        } else {
            Err(Error::RepositoryNotOurs(self.name.clone()))
        }
    }

    /// Makes the first commit.
    async fn begin(&self) -> Result<(String, bool)> {
        let message = format!(
            "Begin the pipeline {}\n\n{}\n",
            self.plan.blueprint.name, self.trailer
        );
        let files: Vec<(&str, &str)> = self
            .repository
            .files()
            .iter()
            .map(|file| (file.path.as_str(), file.content.as_str()))
            .collect();
        if let Committed::Made(commit_id) = self.commit(BRANCH, None, &message, &files).await? {
            self.remember(&commit_id).await?;
            return Ok((commit_id, true));
        }
        match self.branch(BRANCH).await? {
            Branch::Head(head) => {
                let last = Rendered::find(self.artifacts, self.pipeline_id()).await?;
                self.merge(head, last).await
            }
            Branch::NoBranch | Branch::NoRepository => Err(Error::ConcurrentChange("the repository")),
        }
    }

    async fn commit(
        &self,
        branch: &str,
        parent: Option<&str>,
        message: &str,
        files: &[(&str, &str)],
    ) -> Result<Committed> {
        let commit = NewCommit {
            repository: &self.name,
            branch,
            parent,
            author: &self.author,
            message,
            files,
        };
        self.host.commit(&self.session, &commit).await
    }

    /// Notes what is in the branch from now on.
    async fn remember(&self, commit_id: &str) -> Result<()> {
        let rendered = Rendered {
            deployment_id: self.deployment_id.clone(),
            commit_id: commit_id.to_owned(),
            files: self.files.clone(),
            tags: self.tags().into_keys().collect(),
        };
        rendered.keep(self.artifacts, self.pipeline_id()).await
    }

    /// Brings a repository that is there up to date.
    async fn edit(
        &self,
        head: String,
        tags: &BTreeMap<String, String>,
        last: Option<Rendered>,
    ) -> Result<(String, bool)> {
        let set = last.as_ref().map(|last| last.tags.as_slice()).unwrap_or_default();
        self.describe(tags, set).await?;
        self.merge(head, last).await
    }

    /// Brings tags and description up to date. Tags that somebody else set stay; `set` are the keys of ours.
    async fn describe(&self, present: &BTreeMap<String, String>, set: &[String]) -> Result<()> {
        let tags = self.tags();
        let removed: Vec<String> = set
            .iter()
            .filter(|key| present.contains_key(*key) && !tags.contains_key(*key))
            .cloned()
            .collect();
        let changed: BTreeMap<String, String> = tags
            .into_iter()
            .filter(|(key, value)| present.get(key) != Some(value))
            .collect();
        if !changed.is_empty() {
            self.host.tag(&self.session, &self.name, &changed).await?;
        }
        if !removed.is_empty() {
            self.host.untag(&self.session, &self.name, &removed).await?;
        }
        let description = self.plan.blueprint.description.as_str();
        if self.host.description(&self.session, &self.name).await? != description {
            self.host.describe(&self.session, &self.name, description).await?;
        }
        Ok(())
    }

    /// Merges what changed since it was rendered last into the branch, in one commit.
    async fn merge(&self, head: String, last: Option<Rendered>) -> Result<(String, bool)> {
        let known = last.as_ref().is_some_and(|last| {
            last.deployment_id != self.deployment_id
                && last.files == self.files
                && last.tags.iter().eq(self.tags().keys())
        });
        if !known && self.made(&head).await? {
            // An earlier try of this deployment has done it.
            self.remember(&head).await?;
            return Ok((head, true));
        }
        let proposal = Proposal::find(self.artifacts, self.pipeline_id()).await?;
        let accepted = self
            .merged_proposal(proposal.as_ref(), last.as_ref(), &head)
            .await?;
        if known && accepted.is_none() {
            return Ok((head, false));
        }
        let base = match (accepted, last) {
            (Some(proposal), _) => proposal.files.clone(),
            (None, Some(last)) => last.files,
            (None, None) => self.first_files(&head).await?,
        };
        let merges = self.merge_files(&base, &head).await?;
        if merges.iter().any(|file| file.conflict.is_some()) {
            return Err(self.propose(proposal, &merges, &head).await?);
        }
        let files: Vec<(&str, &str)> = merges
            .iter()
            .map(|file| (file.path, file.content.as_str()))
            .collect();
        if files.is_empty() {
            self.remember(&head).await?;
            return Ok((head, false));
        }
        let message = format!(
            "Change the pipeline {} to revision {}\n\n{}\n",
            self.plan.blueprint.name, self.plan.revision, self.trailer
        );
        let (head, changed) = match self.commit(BRANCH, Some(&head), &message, &files).await? {
            Committed::Made(commit_id) => (commit_id, true),
            Committed::NothingToDo => (head, false),
            Committed::BranchMoved => return Err(Error::ConcurrentChange("the branch main")),
        };
        self.remember(&head).await?;
        Ok((head, changed))
    }

    /// Whether this deployment made a commit.
    async fn made(&self, commit_id: &str) -> Result<bool> {
        let message = self.host.message(&self.session, &self.name, commit_id).await?;
        Ok(message.lines().any(|line| line == self.trailer))
    }

    /// The proposal, if it is newer than what was rendered last and developers have merged it.
    async fn merged_proposal<'p>(
        &self,
        proposal: Option<&'p Proposal>,
        last: Option<&Rendered>,
        head: &str,
    ) -> Result<Option<&'p Proposal>> {
        let newer =
            |proposal: &&Proposal| last.is_none_or(|last| proposal.deployment_id > last.deployment_id);
        let Some(proposal) = proposal.filter(newer) else {
            return Ok(None);
        };
        let base = self
            .host
            .merge_base(&self.session, &self.name, [&proposal.commit_id, head])
            .await?;
        Ok((base.as_ref() == Some(&proposal.commit_id)).then_some(proposal))
    }

    /// The files as they were in the repository's first commit: the oldest that is known, where nothing was noted. What was
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

    /// A file of the repository; inside, whether it is text.
    async fn text(
        &self,
        commit_id: &str,
        path: &str,
    ) -> Result<Option<std::result::Result<String, FromUtf8Error>>> {
        let content = self.host.file(&self.session, &self.name, commit_id, path).await?;
        Ok(content.map(String::from_utf8))
    }

    /// The files that have to be written, merged with those of the branch.
    async fn merge_files(&self, base: &Files, head: &str) -> Result<Vec<MergedFile<'_>>> {
        let mut merges = Vec::new();
        for (path, ours) in &self.files {
            let base = base.get(path);
            if base == Some(ours) {
                continue;
            }
            let file = |content: String, conflict: Option<String>| MergedFile {
                path,
                content,
                conflict,
            };
            match (base, self.text(head, path).await?) {
                (None, None) => merges.push(file(ours.clone(), None)),
                (Some(_), None) => merges.push(file(ours.clone(), Some(format!("{path} (deleted)")))),
                (_, Some(Err(_))) => {
                    merges.push(file(ours.clone(), Some(format!("{path} (no text any more)"))));
                }
                (base, Some(Ok(theirs))) => {
                    let base = base.map(String::as_str).unwrap_or_default();
                    match merge(path, base, ours, &theirs) {
                        Merge::Clean(content) if content == theirs => {}
                        Merge::Clean(content) => merges.push(file(content, None)),
                        Merge::Conflict { ours, lines } => {
                            merges.push(file(ours, Some(format!("{path} ({})", in_words(&lines)))));
                        }
                    }
                }
            }
        }
        Ok(merges)
    }

    /// Puts what is wanted on a branch of its own and opens a pull request, once; the error that says so.
    async fn propose(
        &self,
        present: Option<Proposal>,
        merges: &[MergedFile<'_>],
        head: &str,
    ) -> Result<Error> {
        let branch = format!("{}/r{}", self.plan.blueprint.prefix, self.plan.revision);
        let proposal = match present {
            // Developers may be at work on it.
            Some(present) if present.branch == branch && present.files == self.files => present,
            _ => self.new_proposal(branch, merges, head).await?,
        };
        let conflicts: Vec<&str> = merges
            .iter()
            .filter_map(|file| file.conflict.as_deref())
            .collect();
        Ok(Error::RepositoryConflict {
            conflicts: conflicts.join(", "),
            branch: proposal.branch,
            pull_request: proposal.pull_request_id,
        })
    }

    async fn new_proposal(&self, branch: String, merges: &[MergedFile<'_>], head: &str) -> Result<Proposal> {
        const MOVED: Error = Error::ConcurrentChange("the branch of the proposal");
        self.create_branch(&branch, head).await?;
        let Branch::Head(tip) = self.branch(&branch).await? else {
            return Err(MOVED);
        };
        let blueprint = &self.plan.blueprint;
        let title = format!(
            "Revision {} of the pipeline {}",
            self.plan.revision, blueprint.name
        );
        let files: Vec<(&str, &str)> = merges
            .iter()
            .map(|file| (file.path, file.content.as_str()))
            .collect();
        let message = format!("{title}\n\n{}\n", self.trailer);
        let commit_id = match self.commit(&branch, Some(&tip), &message, &files).await? {
            Committed::Made(commit_id) => commit_id,
            Committed::NothingToDo => tip,
            Committed::BranchMoved => return Err(MOVED),
        };
        let description = format!(
            "The pipeline was changed, and the branch {BRANCH} contradicts the change. This is what the platform wants: \
             {BRANCH}, with the platform's lines where both sides changed the same ones. Edit it until it is right and \
             merge it into {BRANCH}, then deploy the pipeline again: POST /pipelines/{}/deployments",
            blueprint.id
        );
        let pull_request_id = self
            .host
            .open_pull_request(
                &self.session,
                &NewPullRequest {
                    repository: &self.name,
                    title: &title,
                    description: &description,
                    branch: &branch,
                    into: BRANCH,
                    token: &format!("{}-r{}-{commit_id}", blueprint.id, self.plan.revision),
                },
            )
            .await?;
        let proposal = Proposal {
            deployment_id: self.deployment_id.clone(),
            branch,
            commit_id,
            pull_request_id,
            files: self.files.clone(),
        };
        proposal.keep(self.artifacts, self.pipeline_id()).await?;
        Ok(proposal)
    }
}

/// A file to be written.
struct MergedFile<'a> {
    path: &'a str,
    content: String,
    /// Where it contradicts the branch, in words.
    conflict: Option<String>,
}

fn in_words(lines: &[(usize, usize)]) -> String {
    let ranges: Vec<String> = lines
        .iter()
        .map(|(first, last)| {
            if first == last {
                format!("line {first}")
            } else {
                format!("lines {first}-{last}")
            }
        })
        .collect();
    ranges.join(", ")
}

fn check_limits(repository: &Repository) -> Result<()> {
    let files = repository.files();
    let largest = files
        .iter()
        .map(|file| file.content.len())
        .max()
        .unwrap_or_default();
    let all: usize = files
        .iter()
        .map(|file| file.path.len() + file.content.len())
        .sum();
    if files.len() > MAX_FILES || largest > MAX_FILE_BYTES || all > MAX_COMMIT_BYTES {
        return Err(Error::Internal(format!(
            "the rendered repository does not fit into one commit: {} files, the largest of {largest} bytes, {all} \
             bytes in all",
            files.len()
        )));
    }
    Ok(())
}
