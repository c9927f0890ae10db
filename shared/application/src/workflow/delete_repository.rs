//! `DeleteRepository`: deletes the pipeline's repository, for those who asked for that.

use domain::Result;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::deletion::DeletionInput;
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    artifacts::ReadArtifacts,
    linked_accounts::{
        repositories::{FindRepository, was_made_for},
        sessions::Session,
    },
    step::Step,
};

/// Deletes repositories in a linked account.
pub trait DeleteRepositories: FindRepository {
    /// Deletes a repository. One that is not there is no error.
    fn delete(&self, session: &Session, repository: &str) -> impl Future<Output = Result<()>> + Send;
}

/// `$.repository` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedRepository {
    pub repository_name: String,
    /// Whether it was there, and the pipeline's.
    pub deleted: bool,
}

/// Deletes the pipeline's repository. One of its name that was not made for it is left alone.
#[derive(Debug)]
pub struct DeleteRepository<A, H> {
    /// The artifacts bucket.
    pub artifacts: A,
    pub repositories: H,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Repository,
    actions: &["codecommit:ListTagsForResource", "codecommit:DeleteRepository"],
}];

impl<A: ReadArtifacts, H: DeleteRepositories> Step for DeleteRepository<A, H> {
    const NAME: &'static str = "DeleteRepository";
    type Input = DeletionInput;
    type Output = DeletedRepository;

    async fn run(&self, input: DeletionInput, _: OffsetDateTime) -> Result<DeletedRepository> {
        let plan = input.deletion.plan(&self.artifacts).await?;
        let session = plan.session(&input.deployment_id, CALLS)?;
        let repository = plan.repository_name;
        let tags = self.repositories.tags_if_there(&session, &repository).await?;
        let deleted = tags
            .as_ref()
            .is_some_and(|tags| was_made_for(&plan.pipeline_id, tags));
        if deleted {
            self.repositories.delete(&session, &repository).await?;
        } else if tags.is_some() {
            tracing::warn!(
                repository,
                "a repository that was not made for the pipeline is left alone"
            );
        }
        Ok(DeletedRepository {
            repository_name: repository,
            deleted,
        })
    }
}
