//! Reading a repository for a deployment.

use std::collections::BTreeMap;

use application::{
    linked_accounts::{repositories::FindRepository as _, sessions::Session},
    workflow::commit_repository::{Branch, ReadRepositories, Seen},
};
use aws_clients::code;
use aws_sdk_codecommit::types::MergeOptionTypeEnum;
use domain::{Error, Result};
use sts::call;

use crate::{Repositories, commit};

impl ReadRepositories for Repositories {
    async fn tags(&self, session: &Session, repository: &str) -> Result<BTreeMap<String, String>> {
        let tags = self.tags_if_there(session, repository).await?;
        // Deleted since it was found.
        tags.ok_or(Error::ConcurrentChange("the repository"))
    }

    async fn branch(&self, session: &Session, repository: &str, branch: &str) -> Result<Branch> {
        let client = self.client(session).await?;
        match client
            .get_branch()
            .repository_name(repository)
            .branch_name(branch)
            .send()
            .await
        {
            Ok(answer) => Ok(answer
                .branch
                .and_then(|branch| branch.commit_id)
                .map_or(Branch::NoBranch, Branch::Head)),
            Err(error) => match code(&error) {
                Some("RepositoryDoesNotExistException") => Ok(Branch::NoRepository),
                Some("BranchDoesNotExistException") => Ok(Branch::NoBranch),
                _ => Err(call("codecommit:GetBranch", session).failed(error)),
            },
        }
    }

    async fn look(&self, session: &Session, repository: &str, commit_id: &str) -> Result<Seen> {
        let client = self.client(session).await?;
        let commit = commit(&client, session, repository, commit_id).await?;
        let (message, parents) = commit
            .map(|commit| (commit.message, commit.parents))
            .unwrap_or_default();
        Ok(Seen {
            message: message.unwrap_or_default(),
            parent: parents.and_then(|parents| parents.into_iter().next()),
        })
    }

    async fn description(&self, session: &Session, repository: &str) -> Result<String> {
        let answer = self
            .client(session)
            .await?
            .get_repository()
            .repository_name(repository)
            .send()
            .await
            .map_err(|error| call("codecommit:GetRepository", session).failed(error))?;
        let metadata = answer.repository_metadata;
        Ok(metadata
            .and_then(|metadata| metadata.repository_description)
            .unwrap_or_default())
    }

    async fn file(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
        path: &str,
    ) -> Result<Option<Vec<u8>>> {
        let answer = self
            .client(session)
            .await?
            .get_file()
            .repository_name(repository)
            .commit_specifier(commit_id)
            .file_path(path)
            .send()
            .await;
        let file = call("codecommit:GetFile", session).found(answer, "FileDoesNotExistException")?;
        Ok(file.map(|file| file.file_content.into_inner()))
    }

    async fn merge_base(
        &self,
        session: &Session,
        repository: &str,
        commits: [&str; 2],
    ) -> Result<Option<String>> {
        let [source, destination] = commits;
        let answer = self
            .client(session)
            .await?
            .get_merge_conflicts()
            .repository_name(repository)
            .source_commit_specifier(source)
            .destination_commit_specifier(destination)
            .merge_option(MergeOptionTypeEnum::ThreeWayMerge)
            .send()
            .await
            .map_err(|error| call("codecommit:GetMergeConflicts", session).failed(error))?;
        Ok(answer.base_commit_id)
    }

    async fn first_commit(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
    ) -> Result<Option<String>> {
        // Each step back is a call.
        const FARTHEST: usize = 200;
        let client = self.client(session).await?;
        let mut first = commit_id.to_owned();
        for _ in 0..FARTHEST {
            let commit = commit(&client, session, repository, &first).await?;
            let parents = commit.and_then(|commit| commit.parents);
            match parents.and_then(|parents| parents.into_iter().next()) {
                Some(parent) => first = parent,
                None => return Ok(Some(first)),
            }
        }
        Ok(None)
    }
}
