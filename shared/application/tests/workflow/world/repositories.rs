//! CodeCommit.

use std::collections::BTreeMap;

use application::{
    linked_accounts::{repositories::FindRepository, sessions::Session},
    workflow::commit_repository::{
        Branch, BranchCreation, Committed, Creation, EditRepositories, NewCommit, NewPullRequest,
        NewRepository, ReadRepositories, RepositoryHost, Seen,
    },
};
use domain::{Error, Result};

use super::World;

type Files = BTreeMap<String, String>;

/// A repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hosted {
    pub(crate) description: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// The branches; each points to one of the commits.
    pub(crate) branches: BTreeMap<String, String>,
    /// The commits, the first first: the id of each is its number.
    pub(crate) commits: Vec<HostedCommit>,
    /// The branches of pull requests, by their tokens.
    pub(crate) pull_requests: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostedCommit {
    pub(crate) message: String,
    pub(crate) parents: Vec<String>,
    pub(crate) files: Files,
}

impl Hosted {
    pub(crate) fn commit(&self, id: &str) -> &HostedCommit {
        let number: usize = id.trim_start_matches("commit-").parse().unwrap();
        &self.commits[number - 1]
    }

    /// The files of a branch.
    pub(crate) fn files(&self, branch: &str) -> &Files {
        &self.commit(&self.branches[branch]).files
    }

    /// Puts a commit on a branch; its id.
    pub(crate) fn push(&mut self, branch: &str, message: &str, files: Files, merged: Option<&str>) -> String {
        let first = self.branches.get(branch).map(String::as_str);
        self.commits.push(HostedCommit {
            message: message.to_owned(),
            parents: first.into_iter().chain(merged).map(str::to_owned).collect(),
            files,
        });
        let id = format!("commit-{}", self.commits.len());
        self.branches.insert(branch.to_owned(), id.clone());
        id
    }

    fn contains(&self, commit: &str, ancestor: &str) -> bool {
        commit == ancestor
            || self
                .commit(commit)
                .parents
                .iter()
                .any(|parent| self.contains(parent, ancestor))
    }
}

impl World {
    fn hosted<T>(&self, repository: &str, look: impl FnOnce(&mut Hosted) -> T) -> T {
        look(self.state().repositories.get_mut(repository).unwrap())
    }
}

impl ReadRepositories for &World {
    async fn tags(&self, _: &Session, repository: &str) -> Result<BTreeMap<String, String>> {
        self.calls.call("ListTagsForResource", || {
            Ok(self.hosted(repository, |hosted| hosted.tags.clone()))
        })
    }

    async fn branch(&self, _: &Session, repository: &str, branch: &str) -> Result<Branch> {
        let found = self.calls.call("GetBranch", || {
            let state = self.state();
            let Some(hosted) = state.repositories.get(repository) else {
                return Ok(Branch::NoRepository);
            };
            let head = hosted.branches.get(branch).cloned();
            Ok(head.map_or(Branch::NoBranch, Branch::Head))
        });
        // Lets a concurrent step go on.
        tokio::task::yield_now().await;
        found
    }

    async fn look(&self, _: &Session, repository: &str, commit_id: &str) -> Result<Seen> {
        self.calls.call("GetCommit", || {
            Ok(self.hosted(repository, |hosted| {
                let commit = hosted.commit(commit_id);
                Seen {
                    message: commit.message.clone(),
                    parent: commit.parents.first().cloned(),
                }
            }))
        })
    }

    async fn description(&self, _: &Session, repository: &str) -> Result<String> {
        self.calls.call("GetRepository", || {
            Ok(self.hosted(repository, |hosted| hosted.description.clone()))
        })
    }

    async fn file(
        &self,
        _: &Session,
        repository: &str,
        commit_id: &str,
        path: &str,
    ) -> Result<Option<Vec<u8>>> {
        self.calls.call("GetFile", || {
            Ok(self.hosted(repository, |hosted| {
                let content = hosted.commit(commit_id).files.get(path);
                content.map(|content| content.clone().into_bytes())
            }))
        })
    }

    async fn merge_base(&self, _: &Session, repository: &str, commits: [&str; 2]) -> Result<Option<String>> {
        let [one, other] = commits;
        self.calls.call("GetMergeConflicts", || {
            Ok(self.hosted(repository, |hosted| {
                let ids = (1..=hosted.commits.len())
                    .rev()
                    .map(|number| format!("commit-{number}"));
                ids.into_iter()
                    .find(|id| hosted.contains(one, id) && hosted.contains(other, id))
            }))
        })
    }

    async fn first_commit(&self, _: &Session, _: &str, _: &str) -> Result<Option<String>> {
        self.calls.call("GetCommit", || Ok(Some("commit-1".to_owned())))
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
                description: repository.description.clone(),
                tags: repository.tags.clone(),
                ..Hosted::default()
            };
            state.repositories.insert(repository.name.clone(), hosted);
            Ok(Creation::Created)
        })
    }

    async fn commit(&self, _: &Session, commit: &NewCommit<'_>) -> Result<Committed> {
        self.calls.call("CreateCommit", || {
            Ok(self.hosted(commit.repository, |hosted| {
                let head = hosted.branches.get(commit.branch);
                if head.map(String::as_str) != commit.parent {
                    return Committed::BranchMoved;
                }
                let before = head
                    .map(|head| hosted.commit(head).files.clone())
                    .unwrap_or_default();
                let mut files = before.clone();
                let written = commit
                    .files
                    .iter()
                    .map(|(path, content)| ((*path).to_owned(), (*content).to_owned()));
                files.extend(written);
                if files == before {
                    return Committed::NothingToDo;
                }
                Committed::Made(hosted.push(commit.branch, commit.message, files, None))
            }))
        })
    }
}

impl FindRepository for &World {
    async fn tags_if_there(&self, _: &Session, repository: &str) -> Result<Option<BTreeMap<String, String>>> {
        self.calls.call("ListTagsForResource", || {
            let state = self.state();
            Ok(state
                .repositories
                .get(repository)
                .map(|hosted| hosted.tags.clone()))
        })
    }
}

impl EditRepositories for &World {
    async fn tag(&self, _: &Session, repository: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        self.calls.call("TagResource", || {
            self.hosted(repository, |hosted| hosted.tags.extend(tags.clone()));
            Ok(())
        })
    }

    async fn untag(&self, _: &Session, repository: &str, keys: &[String]) -> Result<()> {
        self.calls.call("UntagResource", || {
            self.hosted(repository, |hosted| {
                hosted.tags.retain(|key, _| !keys.contains(key));
            });
            Ok(())
        })
    }

    async fn describe(&self, _: &Session, repository: &str, description: &str) -> Result<()> {
        self.calls.call("UpdateRepositoryDescription", || {
            self.hosted(repository, |hosted| {
                description.clone_into(&mut hosted.description);
            });
            Ok(())
        })
    }

    async fn create_branch(
        &self,
        _: &Session,
        repository: &str,
        branch: &str,
        commit_id: &str,
    ) -> Result<BranchCreation> {
        self.calls.call("CreateBranch", || {
            Ok(self.hosted(repository, |hosted| {
                if !(1..=hosted.commits.len()).any(|number| format!("commit-{number}") == commit_id) {
                    return BranchCreation::NoCommit;
                }
                hosted
                    .branches
                    .entry(branch.to_owned())
                    .or_insert_with(|| commit_id.to_owned());
                BranchCreation::There
            }))
        })
    }

    async fn open_pull_request(&self, _: &Session, request: &NewPullRequest<'_>) -> Result<String> {
        self.calls.call("CreatePullRequest", || {
            assert!(request.token.len() <= 64);
            Ok(self.hosted(request.repository, |hosted| {
                hosted
                    .pull_requests
                    .insert(request.token.to_owned(), request.branch.to_owned());
                hosted.pull_requests.len().to_string()
            }))
        })
    }
}
