//! The platform's records: what use cases and steps read of them, and how they write.
//!
//! There are two ways to write pipelines, deployments and environments: [`CommitPipelines`] and [`CommitEnvironments`]. What is
//! written follows from the domain's transitions, and only if the record is still the version that was read.

pub mod idempotency;
pub mod listing;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    Error, Result,
    delivery::Delivery,
    deployment::Deployment,
    environment::Environment,
    ids::{DeploymentId, EnvironmentId, PipelineId},
    lifecycle::{EnvironmentTransition, Transition, UnverifiedLinks},
    pipeline::Pipeline,
    team::Username,
};

use self::idempotency::{Answer, KeptAnswers};

/// Reads a pipeline's record.
pub trait Pipelines: Sync {
    /// The present record of the pipeline `id`, read consistently, if there is one.
    fn pipeline(&self, id: &PipelineId) -> impl Future<Output = Result<Option<Pipeline>>> + Send;
}

/// Reads a deployment's record.
pub trait Deployments: Sync {
    /// The deployment `id` of `pipeline`, if there is one.
    fn deployment(
        &self,
        pipeline: &PipelineId,
        id: &DeploymentId,
    ) -> impl Future<Output = Result<Option<Deployment>>> + Send;
}

/// Writes pipelines and their deployments.
pub trait CommitPipelines: Pipelines + Deployments + KeptAnswers {
    /// Writes all of `transition` and keeps `answer`, or writes nothing. [`Error::ConcurrentChange`] if the pipeline's record is
    /// not at the version of `before` any more, an environment that it begins to use was unlinked, or an id or an idempotency
    /// key is taken; [`Error::QuotaExceeded`] if the store has [quotas](domain::quota::PipelineQuotas) that a new pipeline exceeds.
    fn commit_pipeline(
        &self,
        transition: &Transition,
        answer: Option<&Answer<'_>>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Reads an environment's record.
pub trait Environments: Sync {
    /// The environment `id`, if there is one. One whose link has [expired](Environment::has_expired) does not count.
    fn environment(&self, id: &EnvironmentId) -> impl Future<Output = Result<Option<Environment>>> + Send;
}

/// Reads the records of all environments that a pipeline uses.
pub trait EnvironmentsOfPipelines: Sync {
    /// The present records of the environments `ids`, read consistently, in any order; those that do not exist are missing,
    /// as are those whose links have expired.
    fn environments(
        &self,
        ids: &BTreeSet<&EnvironmentId>,
    ) -> impl Future<Output = Result<Vec<Environment>>> + Send;
}

/// Reads what is kept of pipelines' runs.
pub trait Deliveries: Sync {
    /// What is kept of the runs of the pipelines `ids`, read consistently; those that nothing is known of are missing.
    fn deliveries(
        &self,
        ids: &[&PipelineId],
    ) -> impl Future<Output = Result<BTreeMap<PipelineId, Delivery>>> + Send;
}

/// Environments by their ids.
pub type EnvironmentsById = BTreeMap<EnvironmentId, Environment>;

/// The environments `ids`, as far as they exist.
pub(crate) async fn environments_by_id(
    store: &impl EnvironmentsOfPipelines,
    ids: &BTreeSet<&EnvironmentId>,
) -> Result<EnvironmentsById> {
    let found = store.environments(ids).await?.into_iter();
    Ok(found
        .map(|environment| (environment.id.clone(), environment))
        .collect())
}

/// Writes environments.
pub trait CommitEnvironments: Environments + KeptAnswers {
    /// Writes all of `transition` and keeps `answer`, or writes nothing. [`Error::ConcurrentChange`] if the environment's record
    /// is not at the version of `before` any more, the user has linked others meanwhile, or an id or an idempotency key is taken;
    /// [`Error::Conflict`] if the environment would [reserve](EnvironmentTransition::reserves) what another one has reserved.
    fn commit_environment(
        &self,
        transition: &EnvironmentTransition,
        answer: Option<&Answer<'_>>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Finds the links of a user that wait for a verification.
pub trait FindUnverifiedLinks: Sync {
    /// The links of `user` that no verification has found ready, read consistently, with their records: those that have expired
    /// included.
    fn unverified_links(
        &self,
        user: &Username,
    ) -> impl Future<Output = Result<(UnverifiedLinks, Vec<Environment>)>> + Send;
}

/// Reads, decides and commits; again after a moment if somebody else was first: a deployment that ends writes its pipeline's
/// record, too, and that is nothing that a caller could do anything about.
pub(crate) async fn retrying<T>(attempt: impl AsyncFn() -> Result<T>) -> Result<T> {
    // A user's own requests compete, too: a script that sends fifty changes at the same time.
    const ATTEMPTS: u32 = 10;
    const LONGEST_WAIT_MS: u64 = 400;
    let mut tried = 1;
    loop {
        match attempt().await {
            Err(Error::ConcurrentChange(_)) if tried < ATTEMPTS => {
                let longest = (20 << tried).min(LONGEST_WAIT_MS);
                tokio::time::sleep(Duration::from_millis(rand::random_range(0..longest))).await;
                tried += 1;
            }
            settled => return settled,
        }
    }
}
