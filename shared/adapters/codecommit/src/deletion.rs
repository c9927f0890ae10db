//! Deleting repositories.

use application::{linked_accounts::sessions::Session, workflow::delete_repository::DeleteRepositories};
use domain::Result;
use sts::call;

use crate::Repositories;

impl DeleteRepositories for Repositories {
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
