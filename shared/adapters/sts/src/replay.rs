//! A linked account whose services answer from a list, for the tests of the adapters that call them.
#![allow(clippy::unwrap_used, reason = "a test's set-up fails by panicking")]
#![allow(clippy::missing_panics_doc, reason = "what is parsed is written here")]

use application::linked_accounts::{
    session_policy::SessionPolicy,
    sessions::{Access, Session},
};
use aws_clients::replay::Replay;
use domain::{
    account::{AccountId, BootstrapQualifier, ExternalId, Region},
    ids::{DeploymentId, EnvironmentId},
    prefix::Prefix,
    team::TeamName,
};

use crate::Accounts;

/// When the credentials of a session end that outlives every test.
pub const LONG_AFTER: &str = "2999-01-01T00:00:00Z";

/// A deployment's session in the CICD account of a pipeline: 111111111111, eu-west-1.
#[must_use]
pub fn session() -> Session {
    let access = Access {
        prefix: Prefix::default(),
        platform_account_id: AccountId::parse("000000000000").unwrap(),
        environment_id: EnvironmentId::parse("env-cicd0001").unwrap(),
        account_id: AccountId::parse("111111111111").unwrap(),
        region: Region::parse("eu-west-1").unwrap(),
        team: TeamName::parse("research").ok(),
        external_id: ExternalId::parse("3b1f8c1e-2f5a").unwrap(),
        bootstrap_qualifier: BootstrapQualifier::default(),
        permissions_boundary: None,
    };
    Session::of_deployment(
        access,
        &DeploymentId::parse("01k9v3xv0m0000000000000001").unwrap(),
        SessionPolicy::nothing(),
    )
}

/// The `adapter` of linked accounts whose services give these answers, status and body, once `sts:AssumeRole` has given
/// credentials: the first request is that one.
pub fn answering<A, B: ToString>(
    answers: impl IntoIterator<Item = (u16, B)>,
    adapter: impl FnOnce(Accounts) -> A,
) -> (Replay, A) {
    let answers = answers
        .into_iter()
        .map(|(status, body)| (status, body.to_string()));
    let replay = Replay::new([Replay::assumed_role(LONG_AFTER)].into_iter().chain(answers));
    let adapter = adapter(Accounts::from_config(&replay.config()));
    (replay, adapter)
}
