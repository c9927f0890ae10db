//! Deleting repositories.

use std::collections::BTreeMap;

use accounts::call;
use application::{
    pipelines::repository::FindRepository as _,
    workflow::{accounts::Session, delete_repository::DeleteRepositories},
};
use domain::Result;

use crate::Repositories;

impl DeleteRepositories for Repositories {
    async fn tags_if_present(
        &self,
        session: &Session,
        repository: &str,
    ) -> Result<Option<BTreeMap<String, String>>> {
        self.tags_if_there(session, repository).await
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
