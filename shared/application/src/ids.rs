//! New ids.

use domain::{
    Error, Result,
    account::ExternalId,
    ids::{DeploymentId, EnvironmentId, PipelineId, RedeploymentId},
};
use rand::RngExt;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

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

/// The id of the deployment of `pipeline` that `redeployment`, asked for at `time`, brings about: always the same one.
pub(crate) fn deployment_id_for(
    redeployment: &RedeploymentId,
    pipeline: &PipelineId,
    time: OffsetDateTime,
) -> Result<DeploymentId> {
    let hash = Sha256::digest(format!("{redeployment}/{pipeline}"));
    let random = hash
        .iter()
        .take(16)
        .fold(0, |bits, byte| bits << 8 | u128::from(*byte));
    let milliseconds = u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    // Of the random bits it takes the lowest 80.
    let id = ulid::Ulid::from_parts(milliseconds, random);
    own(DeploymentId::parse(id.to_string().to_lowercase()))
}

/// A new external id: 122 random bits.
pub(crate) fn external_id() -> Result<ExternalId> {
    own(ExternalId::parse(uuid::Uuid::new_v4().to_string()))
}

/// A new redeployment's id.
pub(crate) fn redeployment_id() -> Result<RedeploymentId> {
    own(RedeploymentId::parse(uuid::Uuid::new_v4().to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::{
        prelude::{prop_assert, prop_assert_eq, proptest},
        string::string_regex,
    };

    use super::*;

    proptest! {
        #[test]
        fn the_deployment_that_a_redeployment_brings_about_has_always_the_same_id(
            redeployments in proptest::collection::btree_set(
                string_regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap(), 2,
            ),
            pipelines in proptest::collection::btree_set(string_regex("[a-z][a-z0-9]{7}").unwrap(), 2),
            seconds in 0..4_102_444_800_i64,
        ) {
            let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let mut ids = std::collections::BTreeSet::new();
            for redeployment in &redeployments {
                for pipeline in &pipelines {
                    let redeployment = RedeploymentId::parse(redeployment.clone()).unwrap();
                    let pipeline = PipelineId::parse(pipeline.clone()).unwrap();
                    let id = deployment_id_for(&redeployment, &pipeline, time).unwrap();
                    prop_assert_eq!(&deployment_id_for(&redeployment, &pipeline, time).unwrap(), &id);
                    let ulid = ulid::Ulid::from_string(id.as_str()).unwrap();
                    prop_assert_eq!(ulid.timestamp_ms(), u64::try_from(seconds).unwrap() * 1000);
                    let later = deployment_id_for(&redeployment, &pipeline, time + time::Duration::SECOND).unwrap();
                    prop_assert!(id < later, "ids are ordered by time");
                    ids.insert(id);
                }
            }
            prop_assert_eq!(ids.len(), 4, "another redeployment or pipeline is another deployment");
        }
    }
}
