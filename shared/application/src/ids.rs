//! New ids.

use domain::{
    Error, Result, account::ExternalId, deployment::DeploymentId, environment::EnvironmentId, pipeline::PipelineId,
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

fn own(problem: String) -> Error {
    Error::Internal(format!("an id of our own making is wrong: {problem}"))
}

/// A new pipeline's id.
pub fn pipeline_id() -> Result<PipelineId> {
    PipelineId::parse(short_id()).map_err(own)
}

/// A new environment's id.
pub fn environment_id() -> Result<EnvironmentId> {
    EnvironmentId::parse(format!("env-{}", short_id())).map_err(own)
}

/// A new deployment's id; later ones sort after earlier ones.
pub fn deployment_id() -> Result<DeploymentId> {
    DeploymentId::parse(ulid::Ulid::generate().to_string().to_lowercase()).map_err(own)
}

/// A new external id: 122 random bits.
pub fn external_id() -> Result<ExternalId> {
    ExternalId::parse(uuid::Uuid::new_v4().to_string()).map_err(own)
}
