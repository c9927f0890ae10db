//! The commits that runs deliver, with their authors.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Error, Result};
use serde::Serialize;

use super::RunFacts;
use crate::{linked_accounts::sessions::Session, pipelines::list_branches::CommitFound};

/// A message is answered up to so many characters: git takes any length.
const MAX_MESSAGE_CHARACTERS: usize = 1000;

/// Reads commits.
pub trait ReadCommits: Sync {
    /// The commits `ids`, at most a hundred, in any order; those that do not exist are missing.
    fn commits(
        &self,
        session: &Session,
        repository: &str,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<CommitFound>>> + Send;
}

/// The commit that a run delivers.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = DeliveredCommit))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its message: its first 1,000 characters.
    pub message: Option<String>,
    /// Who wrote it: the name in git's settings, which nobody checks.
    pub author: Option<String>,
}

/// The commits of runs, by their ids.
pub(crate) struct Commits(BTreeMap<String, CommitFound>);

impl Commits {
    /// Those of `runs`, at most a hundred. What cannot be read is left to what CodePipeline tells: whoever looks for runs
    /// must find them when the repository is gone, or the environment's role older than the platform.
    pub(crate) async fn of<'r>(
        repositories: &impl ReadCommits,
        session: &Session,
        repository: &str,
        runs: impl Iterator<Item = &'r RunFacts> + Send,
    ) -> Result<Self> {
        let ids: BTreeSet<String> = runs.filter_map(|run| run.commit_id.clone()).collect();
        if ids.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let ids: Vec<String> = ids.into_iter().collect();
        let found = match repositories.commits(session, repository, &ids).await {
            Ok(found) => found,
            Err(error @ (Error::AccessDenied { .. } | Error::Refused { .. })) => {
                tracing::warn!(%error, "runs are told without their commits' authors");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        Ok(Self(
            found
                .into_iter()
                .map(|commit| (commit.id.clone(), commit))
                .collect(),
        ))
    }

    /// The commit of `run`.
    pub(crate) fn commit(&self, run: &RunFacts) -> Option<Commit> {
        let id = run.commit_id.clone()?;
        let found = self.0.get(&id);
        let message = found
            .map(|commit| commit.message.trim_end())
            .or(run.commit_message.as_deref());
        Some(Commit {
            message: message.map(|message| message.chars().take(MAX_MESSAGE_CHARACTERS).collect()),
            author: found.and_then(|commit| commit.author.clone()),
            id,
        })
    }
}
