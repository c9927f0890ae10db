//! The branches of a pipeline's repository with their heads.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Error, Result,
    ids::{PipelineId, StageName},
    permissions::Caller,
    pipeline::Pipeline,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use time::OffsetDateTime;

use super::repository::{enter, find};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    linked_accounts::{repositories::FindRepository, sessions::Session},
    platform::Platform,
    records::{Environments, Pipelines, listing::no_token},
};

/// At most so many branches are asked for their heads at once.
const CONCURRENT_QUESTIONS: usize = 10;

/// A message is answered up to so many characters: git takes any length, Lambda answers with 6 MB at most.
pub const MAX_MESSAGE_CHARACTERS: usize = 1000;

/// Reads the branches of repositories.
pub trait ReadBranches: Sync {
    /// The names of all branches, in any order.
    fn names(&self, session: &Session, repository: &str) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// The commit at the head of `branch`; none if there is no such branch.
    fn head_of(
        &self,
        session: &Session,
        repository: &str,
        branch: &str,
    ) -> impl Future<Output = Result<Option<String>>> + Send;

    /// The commits `ids`, at most a hundred, in any order; those that do not exist are missing.
    fn commits(
        &self,
        session: &Session,
        repository: &str,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<CommitFound>>> + Send;
}

/// A commit as the service tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFound {
    pub id: String,
    /// What its author wrote.
    pub message: String,
    /// Who wrote it: the name in git's settings, which nobody checks.
    pub author: Option<String>,
    /// When it was committed.
    pub committed_at: Option<OffsetDateTime>,
}

/// A branch with its head.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// The stages that are delivered from it.
    pub stages: Vec<StageName>,
    /// The commit at its head.
    pub commit_id: String,
    /// The commit's message: its first 1,000 characters.
    pub message: String,
    /// Who wrote the commit: the name in git's settings, which nobody checks.
    pub author: Option<String>,
    /// When it was committed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub committed_at: Option<OffsetDateTime>,
}

/// Which page of the branches is wanted.
#[derive(Clone, Debug)]
pub struct BranchesRequest {
    /// At most so many.
    pub limit: usize,
    /// The branch after which the page begins.
    pub after: Option<String>,
}

/// A page of branches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branches {
    /// The branches, by name.
    pub items: Vec<Branch>,
    /// The branch after which the next page begins, if there is more.
    pub after: Option<String>,
}

/// The token that a client hands back for what comes after the branch `name`.
#[must_use]
pub fn token(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

/// Reads a [`token`].
pub fn parse_token(token: &str) -> Result<String> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|name| String::from_utf8(name).ok())
        .filter(|name| !name.is_empty())
        .ok_or_else(no_token)
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Repository,
    actions: &[
        "codecommit:ListTagsForResource",
        "codecommit:ListBranches",
        "codecommit:GetBranch",
        "codecommit:BatchGetCommits",
    ],
}];

/// A page of the branches of the pipeline `id`.
///
/// Pages are cut from the sorted names, which cost little to read: one call for a thousand. So a branch that is made or
/// deleted between two pages makes no other one missing.
pub async fn list_branches(
    store: &(impl Pipelines + Environments),
    repositories: &(impl FindRepository + ReadBranches),
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
    request: &BranchesRequest,
) -> Result<Branches> {
    let (pipeline, session) = enter(store, platform, caller, id, CALLS).await?;
    let repository = find(repositories, platform, &session, &pipeline).await?;
    let mut names = repositories.names(&session, &repository).await?;
    names.sort_unstable();
    if let Some(after) = &request.after {
        names.retain(|name| name > after);
    }
    let more = names.len() > request.limit;
    names.truncate(request.limit);
    let after = names.last().filter(|_| more).cloned();
    let heads: Vec<(String, Option<String>)> = stream::iter(names)
        .map(async |name| {
            let head = repositories.head_of(&session, &repository, &name).await?;
            Ok::<_, Error>((name, head))
        })
        .buffered(CONCURRENT_QUESTIONS)
        .try_collect()
        .await?;
    // Without a head it was deleted since it was listed.
    let heads: Vec<(String, String)> = heads
        .into_iter()
        .filter_map(|(name, head)| Some((name, head?)))
        .collect();
    let mut ids: Vec<String> = heads.iter().map(|(_, head)| head.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let commits = if ids.is_empty() {
        Vec::new()
    } else {
        repositories.commits(&session, &repository, &ids).await?
    };
    let items = heads
        .into_iter()
        .map(|(name, head)| branch(&pipeline, name, head, &commits))
        .collect();
    Ok(Branches { items, after })
}

fn branch(pipeline: &Pipeline, name: String, commit_id: String, commits: &[CommitFound]) -> Branch {
    let stages = pipeline.stages.iter().map(|stage| &stage.name);
    let delivered = stages.filter(|stage| pipeline.strategy.branch_of(stage) == name);
    let commit = commits.iter().find(|commit| commit.id == commit_id);
    Branch {
        stages: delivered.cloned().collect(),
        message: commit.map_or_else(String::new, |commit| {
            commit.message.chars().take(MAX_MESSAGE_CHARACTERS).collect()
        }),
        author: commit.and_then(|commit| commit.author.clone()),
        committed_at: commit.and_then(|commit| commit.committed_at),
        name,
        commit_id,
    }
}
