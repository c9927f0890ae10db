//! How sessions in linked accounts begin and last.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use accounts::Accounts;
use application::workflow::{
    accounts::{Access, Session},
    bootstrap::InspectAccount,
};
use aws_clients::replay::Replay;
use domain::{
    account::{AccountId, BootstrapQualifier, ExternalId, Region},
    deployment::DeploymentId,
    environment::EnvironmentId,
    names::Prefix,
};

/// A session in the CICD account of a pipeline.
fn session() -> Session {
    let access = Access {
        prefix: Prefix::default(),
        platform_account_id: AccountId::parse("000000000000").unwrap(),
        environment_id: EnvironmentId::parse("env-cicd0001").unwrap(),
        account_id: AccountId::parse("111111111111").unwrap(),
        region: Region::parse("eu-west-1").unwrap(),
        external_id: ExternalId::parse("3b1f8c1e-2f5a").unwrap(),
        bootstrap_qualifier: BootstrapQualifier::default(),
        permissions_boundary: None,
    };
    Session::of_deployment(
        access,
        &DeploymentId::parse("01k9v3xv0m0000000000000001").unwrap(),
    )
}

const LONG_AFTER: &str = "2999-01-01T00:00:00Z";
const LONG_AGO: &str = "2020-01-01T00:00:00Z";

fn sts_error(status: u16, code: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>User is not authorized</Message></Error></ErrorResponse>"
    );
    (status, body)
}

#[tokio::test]
async fn a_session_carries_external_id_and_deployment_and_is_kept() {
    let replay = Replay::new([Replay::assumed_role(LONG_AFTER)]);
    let accounts = Accounts::from_config(&replay.config());
    for region in ["eu-west-1", "us-east-1"] {
        let region = Region::parse(region).unwrap();
        let config = accounts.config(&session(), &region).await.unwrap();
        assert_eq!(config.region().unwrap().as_ref(), region.as_str());
    }
    let [sent] = &replay.sent()[..] else {
        panic!("one request is enough")
    };
    for parameter in [
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fdataall-environment-eu-west-1",
        "RoleSessionName=dataall-01k9v3xv0m0000000000000001",
        "ExternalId=3b1f8c1e-2f5a",
    ] {
        assert!(sent.body.contains(parameter), "{parameter} in {}", sent.body);
    }
}

#[tokio::test]
async fn credentials_that_have_ended_are_not_used() {
    let replay = Replay::new([Replay::assumed_role(LONG_AGO), Replay::assumed_role(LONG_AFTER)]);
    let accounts = Accounts::from_config(&replay.config());
    for _ in 0..3 {
        accounts
            .config(&session(), &session().access.region)
            .await
            .unwrap();
    }
    assert_eq!(replay.sent().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_told_from_throttling_and_outage() {
    for (answer, name) in [
        (sts_error(403, "AccessDenied"), "EnvironmentRoleNotAssumable"),
        (
            sts_error(403, "RegionDisabledException"),
            "EnvironmentRoleNotAssumable",
        ),
        (sts_error(400, "Throttling"), "Throttled"),
        (sts_error(500, "InternalFailure"), "ServiceUnavailable"),
        (sts_error(403, "ExpiredToken"), "Refused"),
    ] {
        let accounts = Accounts::from_config(&Replay::new([answer]).config());
        let error = accounts
            .config(&session(), &session().access.region)
            .await
            .unwrap_err();
        assert_eq!(error.name(), name, "{error}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_no_error() {
    let ssm = (400, r#"{"__type": "ParameterNotFound"}"#.to_owned());
    let iam = sts_error(404, "NoSuchEntity");
    let accounts = Accounts::from_config(&Replay::new([Replay::assumed_role(LONG_AFTER), ssm, iam]).config());
    assert_eq!(
        accounts
            .parameter(&session(), "/cdk-bootstrap/hnb659fds/version")
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        accounts
            .trust_policy(&session(), "cdk-hnb659fds-deploy-role")
            .await
            .unwrap(),
        None
    );
}
