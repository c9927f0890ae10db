//! Editing repositories that are there.

use std::collections::{BTreeMap, HashMap};

use application::{
    linked_accounts::sessions::Session,
    workflow::commit_repository::{BranchCreation, EditRepositories, NewPullRequest},
};
use aws_clients::code;
use aws_sdk_codecommit::types::Target;
use domain::{Error, Result};
use sts::call;

use crate::{Repositories, arn};

impl EditRepositories for Repositories {
    async fn tag(&self, session: &Session, repository: &str, tags: &BTreeMap<String, String>) -> Result<()> {
        let tags: HashMap<_, _> = tags.clone().into_iter().collect();
        self.client(session)
            .await?
            .tag_resource()
            .resource_arn(arn(session, repository))
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| call("codecommit:TagResource", session).failed(error))?;
        Ok(())
    }

    async fn untag(&self, session: &Session, repository: &str, keys: &[String]) -> Result<()> {
        self.client(session)
            .await?
            .untag_resource()
            .resource_arn(arn(session, repository))
            .set_tag_keys(Some(keys.to_vec()))
            .send()
            .await
            .map_err(|error| call("codecommit:UntagResource", session).failed(error))?;
        Ok(())
    }

    async fn describe(&self, session: &Session, repository: &str, description: &str) -> Result<()> {
        self.client(session)
            .await?
            .update_repository_description()
            .repository_name(repository)
            .repository_description(description)
            .send()
            .await
            .map_err(|error| call("codecommit:UpdateRepositoryDescription", session).failed(error))?;
        Ok(())
    }

    async fn create_branch(
        &self,
        session: &Session,
        repository: &str,
        branch: &str,
        commit_id: &str,
    ) -> Result<BranchCreation> {
        let answer = self
            .client(session)
            .await?
            .create_branch()
            .repository_name(repository)
            .branch_name(branch)
            .commit_id(commit_id)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(BranchCreation::There),
            Err(error) => match code(&error) {
                Some("BranchNameExistsException") => Ok(BranchCreation::There),
                Some("CommitDoesNotExistException") => Ok(BranchCreation::NoCommit),
                _ => Err(call("codecommit:CreateBranch", session).failed(error)),
            },
        }
    }

    async fn open_pull_request(&self, session: &Session, request: &NewPullRequest<'_>) -> Result<String> {
        let target = Target::builder()
            .repository_name(request.repository)
            .source_reference(request.branch)
            .destination_reference(request.into)
            .build()
            .map_err(|error| Error::Internal(error.to_string()))?;
        let answer = self
            .client(session)
            .await?
            .create_pull_request()
            .title(request.title)
            .description(request.description)
            .targets(target)
            .client_request_token(request.token)
            .send()
            .await
            .map_err(|error| call("codecommit:CreatePullRequest", session).failed(error))?;
        answer
            .pull_request
            .and_then(|opened| opened.pull_request_id)
            .ok_or_else(|| {
                Error::Internal("codecommit:CreatePullRequest gave no pull request's id".to_owned())
            })
    }
}
