//! CodeCommit.

use std::collections::BTreeMap;

use application::workflow::{
    accounts::Session,
    commit_repository::{Branch, Committed, Creation, FirstCommit, NewRepository, RepositoryHost},
};
use domain::{Error, Result};
use rendering::Repository;

use super::World;

/// A repository; its commits, the first first, with message and files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hosted {
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) commits: Vec<(String, Option<Repository>)>,
}

impl Hosted {
    pub(crate) fn head(&self) -> Option<String> {
        (!self.commits.is_empty()).then(|| format!("commit-{}", self.commits.len()))
    }
}

impl RepositoryHost for &World {
    async fn create(&self, _: &Session, repository: &NewRepository) -> Result<Creation> {
        self.calls.call("CreateRepository", || {
            let mut state = self.state();
            if state.codecommit_closed {
                return Err(Error::RepositoryUnavailable("closed".to_owned()));
            }
            if state.repositories.contains_key(&repository.name) {
                return Ok(Creation::Exists);
            }
            let hosted = Hosted {
                tags: repository.tags.clone(),
                commits: Vec::new(),
            };
            state.repositories.insert(repository.name.clone(), hosted);
            Ok(Creation::Created)
        })
    }

    async fn tags(&self, _: &Session, repository: &str) -> Result<BTreeMap<String, String>> {
        self.calls.call("ListTagsForResource", || {
            Ok(self.state().repositories[repository].tags.clone())
        })
    }

    async fn branch(&self, _: &Session, repository: &str, _: &str) -> Result<Branch> {
        let found = self.calls.call("GetBranch", || {
            let state = self.state();
            Ok(match state.repositories.get(repository).map(Hosted::head) {
                None => Branch::NoRepository,
                Some(None) => Branch::NoBranch,
                Some(Some(head)) => Branch::Head(head),
            })
        });
        // Lets a concurrent step go on.
        tokio::task::yield_now().await;
        found
    }

    async fn message(&self, _: &Session, repository: &str, commit_id: &str) -> Result<String> {
        self.calls.call("GetCommit", || {
            let number: usize = commit_id.trim_start_matches("commit-").parse().unwrap();
            Ok(self.state().repositories[repository].commits[number - 1]
                .0
                .clone())
        })
    }

    async fn commit(&self, _: &Session, commit: &FirstCommit<'_>) -> Result<Committed> {
        self.calls.call("CreateCommit", || {
            let mut state = self.state();
            let hosted = state.repositories.get_mut(commit.repository).unwrap();
            if hosted.head().is_some() {
                return Ok(Committed::BranchExists);
            }
            hosted
                .commits
                .push((commit.message.to_owned(), Some(commit.files.clone())));
            Ok(Committed::Made(hosted.head().unwrap()))
        })
    }
}
