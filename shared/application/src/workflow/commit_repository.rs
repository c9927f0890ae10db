//! `CommitRepository`: creates the repository if it is not there and commits its files if it is empty; later, merges what an
//! edit of the pipeline changes with what its developers made of it, on each branch that a stage is delivered from.
//!
//! CodeCommit has no commit of several branches. So all are looked at before the first is written: where one contradicts the
//! edit, none is, and the deployment fails. A try that dies between two commits, or meets a push there, is made again, and
//! finds what is done by the platform's own commits.

mod base;
mod host;
mod memory;
mod merge;
mod proposing;

use std::{
    collections::{BTreeMap, BTreeSet},
    string::FromUtf8Error,
};
use time::OffsetDateTime;

use domain::{
    Error, Result,
    deployment::Commit,
    ids::{DeploymentId, PipelineId},
    names::{PIPELINE_TAG, PipelineNames},
    repository::MAIN_BRANCH,
};
use futures_util::future::try_join_all;
use rendering::Repository;
use serde::{Deserialize, Serialize};

use super::plan::{Plan, PlanSummary};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::{FindArtifacts, ReadArtifacts, WriteArtifacts, get_json},
    linked_accounts::{repositories::was_made_for, sessions::Session},
    step::Step,
};

use base::{Base, Known};
pub use host::{
    Branch, BranchCreation, Committed, Creation, EditRepositories, NewCommit, NewPullRequest, NewRepository,
    RepositoryHost, Seen,
};
use memory::{Files, Proposals, Rendered};
use merge::{Merge, merge};
use proposing::Contradicted;

/// CodeCommit takes so many files in one commit.
pub const MAX_FILES: usize = 100;
/// CodeCommit takes files up to so many bytes: 6 MB.
pub const MAX_FILE_BYTES: usize = 6 * 1024 * 1024;
/// CodeCommit takes commits up to so many bytes in all: 7 MB, paths included.
pub const MAX_COMMIT_BYTES: usize = 7 * 1024 * 1024;

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitRepositoryInput {
    pub deployment_id: DeploymentId,
    /// What `Prepare` answered.
    pub plan: PlanSummary,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct CommitRepository<A, H> {
    /// The artifacts bucket.
    pub artifacts: A,
    /// The repositories.
    pub host: H,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Repository,
    actions: &[
        "codecommit:CreateRepository",
        "codecommit:GetRepository",
        "codecommit:UpdateRepositoryDescription",
        "codecommit:TagResource",
        "codecommit:UntagResource",
        "codecommit:ListTagsForResource",
        "codecommit:CreateCommit",
        "codecommit:GetCommit",
        "codecommit:CreateBranch",
        "codecommit:GetBranch",
        "codecommit:GetFile",
        "codecommit:GetMergeConflicts",
        "codecommit:CreatePullRequest",
    ],
}];

impl<A, H> Step for CommitRepository<A, H>
where
    A: ReadArtifacts + FindArtifacts + WriteArtifacts,
    H: RepositoryHost + EditRepositories,
{
    const NAME: &'static str = "CommitRepository";
    type Input = CommitRepositoryInput;
    type Output = Commit;

    async fn run(&self, input: CommitRepositoryInput, _: OffsetDateTime) -> Result<Commit> {
        let CommitRepositoryInput {
            deployment_id,
            plan: summary,
        } = input;
        let plan = summary.plan(&self.artifacts).await?;
        let repository: Repository =
            get_json(&self.artifacts, &summary.artifacts_prefix.repository()).await?;
        check_limits(&repository)?;
        let work = Committer {
            artifacts: &self.artifacts,
            host: &self.host,
            session: plan.cicd_session(&deployment_id, CALLS)?,
            name: PipelineNames::from(&plan.blueprint).repository(),
            author: format!("{}-pipelines", plan.blueprint.prefix),
            trailer: base::trailer(&deployment_id),
            files: memory::edited(&repository),
            repository: &repository,
            plan: &plan,
            deployment_id,
        };
        work.run().await
    }
}

/// The repository as the step begins with it.
struct Opened {
    /// The head of the branch `main`.
    head: String,
    /// Whether this try has made the first commit.
    begun: bool,
    last: Option<Rendered>,
}

/// What is to be done on a branch that is there.
enum Due<'a> {
    /// Nothing: this deployment has made its head.
    Made,
    /// These files are to be written: none where it is as it should be.
    Files {
        files: Vec<MergedFile<'a>>,
        /// Whether the branch was as it was noted last.
        as_noted: bool,
    },
}

/// A branch that is there.
struct Found<'a> {
    branch: &'a str,
    head: String,
    due: Due<'a>,
}

impl Found<'_> {
    fn conflicts(&self) -> bool {
        matches!(&self.due, Due::Files { files, .. } if files.iter().any(|file| file.conflict.is_some()))
    }

    /// Whether what was noted last is true of the branch and goes on being so.
    fn as_noted(&self) -> bool {
        matches!(&self.due, Due::Files { files, as_noted: true } if files.is_empty())
    }
}

/// The work on one repository.
struct Committer<'a, A, H> {
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

impl<A, H> Committer<'_, A, H>
where
    A: FindArtifacts + WriteArtifacts,
    H: RepositoryHost + EditRepositories,
{
    async fn run(&self) -> Result<Commit> {
        let Opened { head, begun, last } = self.open().await?;
        let mut proposals = Proposals::find(self.artifacts, self.pipeline_id()).await?;
        let mut heads = vec![(MAIN_BRANCH, head.clone())];
        let mut missing = Vec::new();
        for branch in self.stage_branches() {
            match self.branch(branch).await? {
                Branch::Head(head) => heads.push((branch, head)),
                Branch::NoBranch | Branch::NoRepository => missing.push(branch),
            }
        }
        let known = Known {
            last: last.as_ref(),
            proposals: &proposals,
            main: &head,
        };
        let looks = heads.into_iter().map(async |(branch, head)| {
            if begun && branch == MAIN_BRANCH {
                let due = Due::Made;
                return Ok(Found { branch, head, due });
            }
            self.look(branch, head, &known).await
        });
        let found = try_join_all(looks).await?;
        self.refuse_conflicts(&found, &mut proposals).await?;

        let as_noted = found.iter().all(Found::as_noted);
        let mut changed = false;
        let mut commits = BTreeMap::new();
        for branch in found {
            let name = branch.branch;
            let (commit_id, made) = self.write(branch).await?;
            changed |= made;
            commits.insert(name.to_owned(), commit_id);
        }
        let Some(commit_id) = commits.remove(MAIN_BRANCH) else {
            return Err(Error::Internal(format!(
                "nothing is known of the branch {MAIN_BRANCH}"
            )));
        };
        for branch in missing {
            if self.create_branch(branch, &commit_id).await? == BranchCreation::NoCommit {
                return Err(Error::ConcurrentChange("the repository"));
            }
            commits.insert(branch.to_owned(), commit_id.clone());
        }
        self.remember(last.as_ref(), as_noted, &commit_id, &commits)
            .await?;
        Ok(Commit {
            repository_name: self.name.clone(),
            branch: MAIN_BRANCH.to_owned(),
            commit_id,
            changed,
            branches: commits,
        })
    }

    /// Sees to it that the repository is there, with tags and description as they should be and the branch `main`.
    async fn open(&self) -> Result<Opened> {
        let (head, tags) = match self.branch(MAIN_BRANCH).await? {
            Branch::NoRepository => {
                if self.create().await? == Creation::Exists {
                    self.require_ours().await?;
                }
                return self.begin().await;
            }
            Branch::NoBranch => (None, self.require_ours().await?),
            Branch::Head(head) => (Some(head), self.require_ours().await?),
        };
        let last = Rendered::find(self.artifacts, self.pipeline_id()).await?;
        let head = match (head, &last) {
            (Some(head), _) => head,
            (None, Some(last))
                if self.create_branch(MAIN_BRANCH, &last.commit_id).await? == BranchCreation::There =>
            {
                last.commit_id.clone()
            }
            (None, _) => return self.begin().await,
        };
        let set = last.as_ref().map(|last| last.tags.as_slice()).unwrap_or_default();
        self.describe(&tags, set).await?;
        Ok(Opened {
            head,
            begun: false,
            last,
        })
    }

    /// The branches beside `main` that stages are delivered from.
    fn stage_branches(&self) -> BTreeSet<&str> {
        let blueprint = &self.plan.blueprint;
        let stages = blueprint.stages.iter().map(|stage| &stage.name);
        blueprint.strategy.branches_beside_main(stages)
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
        if was_made_for(self.pipeline_id(), &tags) {
            Ok(tags)
        } else {
            Err(Error::RepositoryNotOurs(self.name.clone()))
        }
    }

    /// Makes the first commit.
    async fn begin(&self) -> Result<Opened> {
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
        if let Committed::Made(head) = self.commit(MAIN_BRANCH, None, &message, &files).await? {
            return Ok(Opened {
                head,
                begun: true,
                last: None,
            });
        }
        match self.branch(MAIN_BRANCH).await? {
            Branch::Head(head) => Ok(Opened {
                head,
                begun: false,
                last: Rendered::find(self.artifacts, self.pipeline_id()).await?,
            }),
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

    /// Notes what is in the branches from now on.
    async fn remember(
        &self,
        last: Option<&Rendered>,
        as_noted: bool,
        commit_id: &str,
        branches: &BTreeMap<String, String>,
    ) -> Result<()> {
        let mut rendered = Rendered {
            deployment_id: self.deployment_id.clone(),
            commit_id: commit_id.to_owned(),
            files: self.files.clone(),
            tags: self.tags().into_keys().collect(),
            branches: branches.clone(),
        };
        if let Some(last) = last {
            if as_noted && last.files == rendered.files {
                // A proposal that is still open goes on being newer than what is in the branches.
                rendered.deployment_id = last.deployment_id.clone();
            }
            if *last == rendered {
                return Ok(());
            }
        }
        rendered.keep(self.artifacts, self.pipeline_id()).await
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

    /// What is to be done on the branch with this head.
    async fn look<'f>(&'f self, branch: &'f str, head: String, known: &Known<'_>) -> Result<Found<'f>> {
        let (base, as_noted) = match self.base(branch, &head, known).await? {
            Base::Made(commit_id) => {
                return Ok(Found {
                    branch,
                    head: commit_id,
                    due: Due::Made,
                });
            }
            Base::AsNoted(files) => (files, true),
            Base::Other(files) => (files, false),
        };
        let files = self.merge_files(&base, &head).await?;
        let due = Due::Files { files, as_noted };
        Ok(Found { branch, head, due })
    }

    /// Proposes what is wanted to each branch that contradicts it, and fails if there is one.
    async fn refuse_conflicts(&self, found: &[Found<'_>], proposals: &mut Proposals) -> Result<()> {
        let mut contradictions = Vec::new();
        for branch in found.iter().filter(|branch| branch.conflicts()) {
            if let Due::Files { files, .. } = &branch.due {
                let contradicted = Contradicted {
                    branch: branch.branch,
                    head: &branch.head,
                    files,
                };
                contradictions.push(self.propose(proposals, &contradicted).await?);
            }
        }
        if contradictions.is_empty() {
            Ok(())
        } else {
            Err(Error::RepositoryConflict(contradictions))
        }
    }

    /// Writes a branch's files, in one commit. The head, and whether this deployment made it.
    async fn write(&self, found: Found<'_>) -> Result<(String, bool)> {
        let Found { branch, head, due } = found;
        let files = match due {
            Due::Made => return Ok((head, true)),
            Due::Files { files, .. } if files.is_empty() => return Ok((head, false)),
            Due::Files { files, .. } => files,
        };
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|file| (file.path, file.content.as_str()))
            .collect();
        let message = format!(
            "Change the pipeline {} to revision {}\n\n{}\n",
            self.plan.blueprint.name, self.plan.revision, self.trailer
        );
        match self.commit(branch, Some(&head), &message, &files).await? {
            Committed::Made(commit_id) => Ok((commit_id, true)),
            Committed::NothingToDo => Ok((head, false)),
            Committed::BranchMoved => Err(Error::ConcurrentChange("a branch of the repository")),
        }
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
