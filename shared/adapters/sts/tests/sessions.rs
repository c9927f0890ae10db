//! How sessions in linked accounts begin and last.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_clients::replay::Replay;
use domain::account::Region;
use sts::{
    Accounts,
    replay::{LONG_AFTER, answering, session},
};

const LONG_AGO: &str = "2020-01-01T00:00:00Z";

#[tokio::test]
async fn a_session_carries_external_id_and_deployment_and_is_kept() {
    let (replay, accounts) = answering::<_, String>([], |accounts| accounts);
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
        "RoleSessionName=dataall.deployment-01k9v3xv0m0000000000000001",
        "ExternalId=3b1f8c1e-2f5a",
        "Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D",
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
    for (status, code, name) in [
        (403, "AccessDenied", "EnvironmentRoleNotAssumable"),
        (403, "RegionDisabledException", "EnvironmentRoleNotAssumable"),
        (400, "Throttling", "Throttled"),
        (500, "InternalFailure", "ServiceUnavailable"),
        (403, "ExpiredToken", "Refused"),
    ] {
        let refusal = Replay::xml_error(status, code, "User is not authorized");
        let accounts = Accounts::from_config(&Replay::new([refusal]).config());
        let error = accounts
            .config(&session(), &session().access.region)
            .await
            .unwrap_err();
        assert_eq!(error.name(), name, "{error}");
    }
}
