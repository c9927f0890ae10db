//! New ids.

use domain::{
    Error, Result, account::ExternalId, deployment::DeploymentId, environment::EnvironmentId,
    pipeline::PipelineId, redeployment::RedeploymentId,
};
use rand::RngExt;

/// 8 of `[a-z0-9]`, the first a letter: 2 * 10^12 of them.
fn short_id() -> String {
    const CHARACTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    (0..8)
        .map(|index| {
            let choices = if index == 0 { 26 } else { CHARACTERS.len() };
            char::from(CHARACTERS[random.random_range(0..choices)])
        })
        .collect()
}

/// An id of our own making that is wrong.
fn own<T>(parsed: std::result::Result<T, String>) -> Result<T> {
    parsed.map_err(|problem| Error::Internal(format!("an id of our own making is wrong: {problem}")))
}

/// A new pipeline's id.
pub(crate) fn pipeline_id() -> Result<PipelineId> {
    own(PipelineId::parse(short_id()))
}

/// A new environment's id.
pub(crate) fn environment_id() -> Result<EnvironmentId> {
    own(EnvironmentId::parse(format!("env-{}", short_id())))
}

/// A new deployment's id; later ones sort after earlier ones.
pub(crate) fn deployment_id() -> Result<DeploymentId> {
    own(DeploymentId::parse(
        ulid::Ulid::generate().to_string().to_lowercase(),
    ))
}

/// A new external id: 122 random bits.
pub(crate) fn external_id() -> Result<ExternalId> {
    own(ExternalId::parse(uuid::Uuid::new_v4().to_string()))
}

/// A new redeployment's id.
pub(crate) fn redeployment_id() -> Result<RedeploymentId> {
    own(RedeploymentId::parse(uuid::Uuid::new_v4().to_string()))
}
