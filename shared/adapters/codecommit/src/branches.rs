//! The branches of a repository and their heads.

use application::{
    linked_accounts::sessions::Session,
    pipelines::list_branches::{CommitFound, ReadBranches},
    runs::commits::ReadCommits,
    workflow::commit_repository::{Branch, ReadRepositories},
};
use aws_sdk_codecommit::types::Commit;
use domain::Result;
use sts::call;
use time::{OffsetDateTime, UtcOffset};

use crate::Repositories;

impl ReadBranches for Repositories {
    async fn names(&self, session: &Session, repository: &str) -> Result<Vec<String>> {
        let client = self.client(session).await?;
        let mut names = Vec::new();
        let mut next_token = None;
        loop {
            let page = client
                .list_branches()
                .repository_name(repository)
                .set_next_token(next_token)
                .send()
                .await
                .map_err(|error| call("codecommit:ListBranches", session).failed(error))?;
            names.append(&mut page.branches.unwrap_or_default());
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(names);
            }
        }
    }

    async fn head_of(&self, session: &Session, repository: &str, branch: &str) -> Result<Option<String>> {
        match ReadRepositories::branch(self, session, repository, branch).await? {
            Branch::Head(commit_id) => Ok(Some(commit_id)),
            Branch::NoBranch | Branch::NoRepository => Ok(None),
        }
    }

    async fn commits(&self, session: &Session, repository: &str, ids: &[String]) -> Result<Vec<CommitFound>> {
        let answer = self
            .client(session)
            .await?
            .batch_get_commits()
            .repository_name(repository)
            .set_commit_ids(Some(ids.to_vec()))
            .send()
            .await
            .map_err(|error| call("codecommit:BatchGetCommits", session).failed(error))?;
        Ok(answer
            .commits
            .unwrap_or_default()
            .into_iter()
            .map(found)
            .collect())
    }
}

impl ReadCommits for Repositories {
    async fn commits(&self, session: &Session, repository: &str, ids: &[String]) -> Result<Vec<CommitFound>> {
        ReadBranches::commits(self, session, repository, ids).await
    }
}

fn found(commit: Commit) -> CommitFound {
    let date = commit.committer.and_then(|committer| committer.date);
    CommitFound {
        id: commit.commit_id.unwrap_or_default(),
        message: commit.message.unwrap_or_default(),
        author: commit
            .author
            .and_then(|author| author.name)
            .filter(|name| !name.is_empty()),
        committed_at: date.as_deref().and_then(time),
    }
}

/// A date as git writes it: seconds since 1970 and the offset of the author's clock, `1484167798 -0800`.
fn time(date: &str) -> Option<OffsetDateTime> {
    let seconds = date.split_whitespace().next()?.parse().ok()?;
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    Some(time.to_offset(UtcOffset::UTC))
}
