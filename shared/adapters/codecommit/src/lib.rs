//! The pipelines' repositories in CodeCommit.

mod branches;
mod deletion;
mod editing;
mod reading;
mod surveying;

use std::collections::HashMap;

use application::{
    linked_accounts::sessions::Session,
    workflow::commit_repository::{Committed, Creation, NewCommit, NewRepository, RepositoryHost},
};
use aws_clients::{code, message};
use aws_sdk_codecommit::{
    Client,
    error::BuildError,
    primitives::Blob,
    types::{self, FileModeTypeEnum, PutFileEntry},
};
use domain::{Error, Result};
use sts::{Accounts, call};

/// The repositories in the linked accounts.
#[derive(Clone, Debug)]
pub struct Repositories {
    accounts: Accounts,
}

impl Repositories {
    /// The repositories in `accounts`.
    #[must_use]
    pub const fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }

    async fn client(&self, session: &Session) -> Result<Client> {
        Ok(Client::new(
            &self.accounts.config(session, &session.access.region).await?,
        ))
    }
}

impl RepositoryHost for Repositories {
    async fn create(&self, session: &Session, repository: &NewRepository) -> Result<Creation> {
        let mut request = self
            .client(session)
            .await?
            .create_repository()
            .repository_name(&repository.name);
        if !repository.description.is_empty() {
            request = request.repository_description(&repository.description);
        }
        let tags: HashMap<_, _> = repository.tags.clone().into_iter().collect();
        match request.set_tags(Some(tags)).send().await {
            Ok(_) => Ok(Creation::Created),
            Err(error) => match code(&error) {
                Some("RepositoryNameExistsException") => Ok(Creation::Exists),
                Some("OperationNotAllowedException") => {
                    Err(Error::RepositoryUnavailable(message(&error).to_owned()))
                }
                _ => Err(call("codecommit:CreateRepository", session).failed(error)),
            },
        }
    }

    async fn commit(&self, session: &Session, commit: &NewCommit<'_>) -> Result<Committed> {
        let files: std::result::Result<Vec<PutFileEntry>, BuildError> = commit
            .files
            .iter()
            .map(|(path, content)| {
                PutFileEntry::builder()
                    .file_path(*path)
                    .file_mode(FileModeTypeEnum::Normal)
                    .file_content(Blob::new(content.as_bytes()))
                    .build()
            })
            .collect();
        let files = files.map_err(|error| Error::Internal(error.to_string()))?;
        let answer = self
            .client(session)
            .await?
            .create_commit()
            .repository_name(commit.repository)
            .branch_name(commit.branch)
            .set_parent_commit_id(commit.parent.map(str::to_owned))
            .author_name(commit.author)
            .commit_message(commit.message)
            .set_put_files(Some(files))
            .send()
            .await;
        match answer {
            Ok(answer) => answer
                .commit_id
                .map(Committed::Made)
                .ok_or_else(|| Error::Internal("codecommit:CreateCommit gave no commit id".to_owned())),
            Err(error) => match code(&error) {
                // A request without a parent is refused once the branch is there.
                Some(
                    "ParentCommitIdRequiredException"
                    | "ParentCommitIdOutdatedException"
                    | "ConcurrentReferenceUpdateException",
                ) => Ok(Committed::BranchMoved),
                Some("NoChangeException") => Ok(Committed::NothingToDo),
                _ => Err(call("codecommit:CreateCommit", session).failed(error)),
            },
        }
    }
}

async fn commit(
    client: &Client,
    session: &Session,
    repository: &str,
    commit_id: &str,
) -> Result<Option<types::Commit>> {
    let answer = client
        .get_commit()
        .repository_name(repository)
        .commit_id(commit_id)
        .send()
        .await
        .map_err(|error| call("codecommit:GetCommit", session).failed(error))?;
    Ok(answer.commit)
}

fn arn(session: &Session, repository: &str) -> String {
    let access = &session.access;
    format!(
        "arn:aws:codecommit:{}:{}:{repository}",
        access.region, access.account_id
    )
}
