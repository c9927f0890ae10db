//! `CommitRepository`: creates the repository if it is not there, and commits its files if it is empty.

use std::collections::BTreeMap;

use domain::{
    Error, Result,
    blueprint::Blueprint,
    deployment::{Commit, DeploymentId},
    names::{PIPELINE_TAG, PipelineNames},
    pipeline::PipelineId,
};
use rendering::{BRANCH, Repository};
use serde::{Deserialize, Serialize};

use super::{
    StepInput,
    accounts::Session,
    artifacts::{ReadArtifacts, get_json},
    plan::PlanSummary,
};

/// CodeCommit takes so many files in one commit.
pub const MAX_FILES: usize = 100;
/// CodeCommit takes files up to so many bytes: 6 MB.
pub const MAX_FILE_BYTES: usize = 6 * 1024 * 1024;
/// CodeCommit takes commits up to so many bytes in all: 7 MB, paths included.
pub const MAX_COMMIT_BYTES: usize = 7 * 1024 * 1024;

/// The host of the pipelines' repositories, in a linked account.
pub trait RepositoryHost: Sync {
    /// Creates a repository.
    ///
    /// [`Error::RepositoryUnavailable`] if the account may have none.
    fn create(
        &self,
        session: &Session,
        repository: &NewRepository,
    ) -> impl Future<Output = Result<Creation>> + Send;

    /// The tags of a repository that is there.
    fn tags(
        &self,
        session: &Session,
        repository: &str,
    ) -> impl Future<Output = Result<BTreeMap<String, String>>> + Send;

    /// The head of a branch.
    fn branch(
        &self,
        session: &Session,
        repository: &str,
        branch: &str,
    ) -> impl Future<Output = Result<Branch>> + Send;

    /// The message of a commit.
    fn message(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
    ) -> impl Future<Output = Result<String>> + Send;

    /// Makes the first commit of a branch.
    fn commit(
        &self,
        session: &Session,
        commit: &FirstCommit<'_>,
    ) -> impl Future<Output = Result<Committed>> + Send;
}

/// A repository to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRepository {
    /// Its name.
    pub name: String,
    /// What it is for: up to 1,000 characters.
    pub description: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What came of creating a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is there now, and empty.
    Created,
    /// One of that name was there before.
    Exists,
}

/// A branch as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// There is no such repository.
    NoRepository,
    /// The repository has no such branch.
    NoBranch,
    /// The branch and the id of the commit that it points to.
    Head(String),
}

/// A commit without a parent.
#[derive(Clone, Copy, Debug)]
pub struct FirstCommit<'a> {
    /// The repository.
    pub repository: &'a str,
    /// The branch that it begins.
    pub branch: &'a str,
    /// Who makes it.
    pub author: &'a str,
    /// Its message.
    pub message: &'a str,
    /// Its files.
    pub files: &'a Repository,
}

/// What came of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It was made; its id.
    Made(String),
    /// The branch is there by now: somebody else was faster, or the answer to an earlier try was lost.
    BranchExists,
}

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
    fn pipeline_id(&self) -> &PipelineId {
        &self.plan.pipeline_id
    }

    fn deployment_id(&self) -> &DeploymentId {
        &self.deployment_id
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

impl<A: ReadArtifacts, H: RepositoryHost> CommitRepository<A, H> {
    /// Runs the step.
    pub async fn run(&self, input: Input) -> Result<Commit> {
        let Input {
            deployment_id,
            plan: summary,
        } = input;
        let plan = summary.plan(&self.artifacts).await?;
        let files: Repository = get_json(&self.artifacts, &summary.artifacts_prefix.repository()).await?;
        check_limits(&files)?;
        let work = Work {
            host: &self.host,
            session: plan.cicd_session(&deployment_id),
            name: PipelineNames::from(&plan.blueprint).repository(),
            blueprint: &plan.blueprint,
            trailer: format!("Deployment: {deployment_id}"),
        };
        let (commit_id, changed) = work.run(&files).await?;
        Ok(Commit {
            repository_name: work.name,
            branch: BRANCH.to_owned(),
            commit_id,
            changed,
        })
    }
}

/// The work on one repository.
struct Work<'a, H> {
    host: &'a H,
    session: Session,
    name: String,
    blueprint: &'a Blueprint,
    /// The last line of this deployment's commit; a later try knows it by that.
    trailer: String,
}

impl<H: RepositoryHost> Work<'_, H> {
    /// The head of the branch, and whether this deployment made it.
    async fn run(&self, files: &Repository) -> Result<(String, bool)> {
        match self.branch().await? {
            Branch::NoRepository => {
                if self.create().await? == Creation::Exists {
                    self.require_ours().await?;
                }
                self.begin(files).await
            }
            Branch::NoBranch => {
                self.require_ours().await?;
                self.begin(files).await
            }
            Branch::Head(head) => {
                self.require_ours().await?;
                self.keep(head).await
            }
        }
    }

    async fn branch(&self) -> Result<Branch> {
        self.host.branch(&self.session, &self.name, BRANCH).await
    }

    async fn create(&self) -> Result<Creation> {
        let own = (PIPELINE_TAG.to_owned(), self.blueprint.id.to_string());
        let tags = self
            .blueprint
            .tags
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let repository = NewRepository {
            name: self.name.clone(),
            description: self.blueprint.description.to_string(),
            tags: tags.chain([own]).collect(),
        };
        self.host.create(&self.session, &repository).await
    }

    /// The tag was set in the same call that created the repository, so only the platform's own have it.
    async fn require_ours(&self) -> Result<()> {
        let tags = self.host.tags(&self.session, &self.name).await?;
        if tags
            .get(PIPELINE_TAG)
            .is_some_and(|id| id == self.blueprint.id.as_str())
        {
            Ok(())
        } else {
            Err(Error::RepositoryNotOurs(self.name.clone()))
        }
    }

    /// Makes the first commit.
    async fn begin(&self, files: &Repository) -> Result<(String, bool)> {
        let author = format!("{}-pipelines", self.blueprint.prefix);
        let message = format!("Begin the pipeline {}\n\n{}\n", self.blueprint.name, self.trailer);
        let commit = FirstCommit {
            repository: &self.name,
            branch: BRANCH,
            author: &author,
            message: &message,
            files,
        };
        match self.host.commit(&self.session, &commit).await? {
            Committed::Made(commit_id) => Ok((commit_id, true)),
            Committed::BranchExists => match self.branch().await? {
                Branch::Head(head) => self.keep(head).await,
                Branch::NoBranch | Branch::NoRepository => Err(Error::ConcurrentChange("the repository")),
            },
        }
    }

    /// The branch belongs to its developers once it is there. CodeCommit has no client token: whether an earlier try
    /// of this deployment made the head is written in its message.
    async fn keep(&self, head: String) -> Result<(String, bool)> {
        let message = self.host.message(&self.session, &self.name, &head).await?;
        let ours = message.lines().any(|line| line == self.trailer);
        Ok((head, ours))
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
