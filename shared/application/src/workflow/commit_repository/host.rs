//! What the step needs of the host of the pipelines' repositories.

use std::collections::BTreeMap;

use domain::Result;

use crate::linked_accounts::sessions::Session;

/// Reads the pipelines' repositories in a linked account.
pub trait ReadRepositories: Sync {
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

    /// A commit that is there.
    fn look(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
    ) -> impl Future<Output = Result<Seen>> + Send;

    /// The description of a repository that is there.
    fn description(&self, session: &Session, repository: &str)
    -> impl Future<Output = Result<String>> + Send;

    /// A file as it is in a commit; none if it is not there.
    fn file(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
        path: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;

    /// The last commit that two commits have in common, if there is one.
    fn merge_base(
        &self,
        session: &Session,
        repository: &str,
        commits: [&str; 2],
    ) -> impl Future<Output = Result<Option<String>>> + Send;

    /// The oldest commit that a commit goes back to by first parents; none if it is too far away.
    fn first_commit(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// The host of the pipelines' repositories, in a linked account.
pub trait RepositoryHost: ReadRepositories {
    /// Creates a repository.
    ///
    /// [`RepositoryUnavailable`](domain::Error::RepositoryUnavailable) if the account may have none.
    fn create(
        &self,
        session: &Session,
        repository: &NewRepository,
    ) -> impl Future<Output = Result<Creation>> + Send;

    /// Puts files on a branch, in one commit.
    fn commit(
        &self,
        session: &Session,
        commit: &NewCommit<'_>,
    ) -> impl Future<Output = Result<Committed>> + Send;
}

/// Edits repositories that are there.
pub trait EditRepositories: ReadRepositories {
    /// Sets tags of a repository; others stay.
    fn tag(
        &self,
        session: &Session,
        repository: &str,
        tags: &BTreeMap<String, String>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Takes tags off a repository.
    fn untag(
        &self,
        session: &Session,
        repository: &str,
        keys: &[String],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Gives a repository another description.
    fn describe(
        &self,
        session: &Session,
        repository: &str,
        description: &str,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Makes a branch that points to a commit. A branch that is there already stays as it is.
    fn create_branch(
        &self,
        session: &Session,
        repository: &str,
        branch: &str,
        commit_id: &str,
    ) -> impl Future<Output = Result<BranchCreation>> + Send;

    /// Opens a pull request; its id. The same request with the same token is the same pull request.
    fn open_pull_request(
        &self,
        session: &Session,
        request: &NewPullRequest<'_>,
    ) -> impl Future<Output = Result<String>> + Send;
}

/// A repository to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRepository {
    pub name: String,
    /// What it is for: up to 1,000 characters.
    pub description: String,
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

/// A commit as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub message: String,
    /// The commit that it went on; none for the first one.
    pub parent: Option<String>,
}

/// What came of making a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchCreation {
    /// It is there: now, or already.
    There,
    /// The commit is not there.
    NoCommit,
}

/// A commit to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewCommit<'a> {
    pub repository: &'a str,
    /// The branch that it goes on.
    pub branch: &'a str,
    /// The head of the branch as it was seen; none begins the branch of an empty repository.
    pub parent: Option<&'a str>,
    /// Who makes it.
    pub author: &'a str,
    pub message: &'a str,
    /// The files that it writes: path and content. Others stay.
    pub files: &'a [(&'a str, &'a str)],
}

/// What came of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It was made; its id.
    Made(String),
    /// The branch has another head by now: somebody else was faster, or the answer to an earlier try was lost.
    BranchMoved,
    /// All files are in the branch as they should be.
    NothingToDo,
}

/// A pull request to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewPullRequest<'a> {
    pub repository: &'a str,
    /// Its title: up to 150 characters.
    pub title: &'a str,
    /// What it is about.
    pub description: &'a str,
    /// The branch to be merged.
    pub branch: &'a str,
    /// The branch that it is merged into.
    pub into: &'a str,
    /// The request's token: up to 64 characters.
    pub token: &'a str,
}
