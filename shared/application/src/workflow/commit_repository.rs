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
pub(crate) mod survey;

use std::collections::BTreeMap;

use time::OffsetDateTime;

use domain::{Error, Result, deployment::Commit, ids::DeploymentId, repository::MAIN_BRANCH};
use futures_util::future::try_join;
use rendering::Repository;
use serde::{Deserialize, Serialize};

use super::plan::{Plan, PlanSummary};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::{FindArtifacts, ReadArtifacts, WriteArtifacts, get_json},
    step::Step,
};

pub use host::{
    Branch, BranchCreation, Committed, Creation, EditRepositories, NewCommit, NewPullRequest, NewRepository,
    ReadRepositories, RepositoryHost, Seen,
};
use memory::{Proposals, Rendered};
use proposing::Contradicted;
use survey::{Due, Found, Owned, Present, Survey, Surveyor, TagChanges};

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
        let survey = Surveyor::new(
            &self.artifacts,
            &self.host,
            &plan.blueprint,
            &repository,
            deployment_id.clone(),
            plan.cicd_session(&deployment_id, CALLS)?,
        );
        let work = Committer {
            author: format!("{}-pipelines", plan.blueprint.prefix),
            trailer: base::trailer(&deployment_id),
            repository: &repository,
            plan: &plan,
            survey,
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

/// The work on one repository.
struct Committer<'a, A, H> {
    survey: Surveyor<'a, A, H>,
    plan: &'a Plan,
    author: String,
    /// The last line of this deployment's commit; a later try knows it by that, for CodeCommit has no client token.
    trailer: String,
    /// All files as they are rendered now.
    repository: &'a Repository,
}

impl<A, H> Committer<'_, A, H>
where
    A: FindArtifacts + WriteArtifacts,
    H: RepositoryHost + EditRepositories,
{
    async fn run(&self) -> Result<Commit> {
        let Opened { head, begun, last } = self.open().await?;
        let proposals = Proposals::find(self.survey.artifacts, self.survey.pipeline_id());
        let (mut proposals, branches) = try_join(proposals, self.survey.stage_heads()).await?;
        let Survey { found, missing } = self
            .survey
            .survey(&head, begun, branches, last.as_ref(), &proposals)
            .await?;
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
            repository_name: self.survey.name.clone(),
            branch: MAIN_BRANCH.to_owned(),
            commit_id,
            changed,
            branches: commits,
        })
    }

    /// Sees to it that the repository is there, with tags and description as they should be and the branch `main`.
    async fn open(&self) -> Result<Opened> {
        let (head, owned) = match self.survey.present().await? {
            Present::NoRepository => {
                if self.create().await? == Creation::Exists {
                    self.survey.require_ours().await?;
                }
                return self.begin().await;
            }
            Present::NoMain(owned) => {
                let Some(last) = &owned.last else {
                    return self.begin().await;
                };
                if self.create_branch(MAIN_BRANCH, &last.commit_id).await? != BranchCreation::There {
                    return self.begin().await;
                }
                (last.commit_id.clone(), owned)
            }
            Present::Head(head, owned) => (head, owned),
        };
        self.describe(&owned).await?;
        Ok(Opened {
            head,
            begun: false,
            last: owned.last,
        })
    }

    async fn create_branch(&self, branch: &str, commit_id: &str) -> Result<BranchCreation> {
        self.survey
            .host
            .create_branch(&self.survey.session, &self.survey.name, branch, commit_id)
            .await
    }

    async fn create(&self) -> Result<Creation> {
        let repository = NewRepository {
            name: self.survey.name.clone(),
            description: self.plan.blueprint.description.to_string(),
            tags: self.survey.tags(),
        };
        self.survey.host.create(&self.survey.session, &repository).await
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
        match self.survey.branch(MAIN_BRANCH).await? {
            Branch::Head(head) => Ok(Opened {
                head,
                begun: false,
                last: Rendered::find(self.survey.artifacts, self.survey.pipeline_id()).await?,
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
            repository: &self.survey.name,
            branch,
            parent,
            author: &self.author,
            message,
            files,
        };
        self.survey.host.commit(&self.survey.session, &commit).await
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
            deployment_id: self.survey.deployment_id.clone(),
            commit_id: commit_id.to_owned(),
            files: self.survey.files.clone(),
            tags: self.survey.tags().into_keys().collect(),
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
        rendered
            .keep(self.survey.artifacts, self.survey.pipeline_id())
            .await
    }

    /// Brings tags and description up to date.
    async fn describe(&self, owned: &Owned) -> Result<()> {
        let Surveyor {
            host, session, name, ..
        } = &self.survey;
        let TagChanges { set, removed } = self.survey.tag_changes(owned);
        if !set.is_empty() {
            host.tag(session, name, &set).await?;
        }
        if !removed.is_empty() {
            host.untag(session, name, &removed).await?;
        }
        let description = self.plan.blueprint.description.as_str();
        if self.survey.description().await? != description {
            host.describe(session, name, description).await?;
        }
        Ok(())
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
