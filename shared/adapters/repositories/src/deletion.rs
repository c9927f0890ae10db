//! Deleting repositories.

use std::collections::BTreeMap;

use application::workflow::{accounts::Session, delete_repository::DeleteRepositories};
use aws_clients::code;
use domain::{Error, Result};

use crate::{Repositories, call};

impl DeleteRepositories for Repositories {
    async fn tags_if_present(
        &self,
        session: &Session,
        repository: &str,
    ) -> Result<Option<BTreeMap<String, String>>> {
        let client = self.client(session).await?;
        let found = client.get_repository().repository_name(repository).send().await;
        let found = match found {
            Ok(found) => found.repository_metadata,
            Err(error) if code(&error) == Some("RepositoryDoesNotExistException") => return Ok(None),
            Err(error) => return Err(call("codecommit:GetRepository", session).failed(error)),
        };
        let arn = found
            .and_then(|found| found.arn)
            .ok_or_else(|| Error::Internal("codecommit:GetRepository gave no ARN".to_owned()))?;
        let mut tags = BTreeMap::new();
        let mut next_token = None;
        loop {
            let page = client
                .list_tags_for_resource()
                .resource_arn(&arn)
                .set_next_token(next_token)
                .send()
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) if code(&error) == Some("RepositoryDoesNotExistException") => return Ok(None),
                Err(error) => return Err(call("codecommit:ListTagsForResource", session).failed(error)),
            };
            tags.extend(page.tags.into_iter().flatten());
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(Some(tags));
            }
        }
    }

    async fn delete(&self, session: &Session, repository: &str) -> Result<()> {
        // One that is not there is no error.
        self.client(session)
            .await?
            .delete_repository()
            .repository_name(repository)
            .send()
            .await
            .map_err(|error| call("codecommit:DeleteRepository", session).failed(error))?;
        Ok(())
    }
}
