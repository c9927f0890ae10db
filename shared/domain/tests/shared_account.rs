//! Stages that share an account.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use domain::{environment::Environment, pipeline::Pipeline, shared_account::shared_accounts};
use serde_json::{Value, json};

const AT: &str = "2026-11-22T10:00:00Z";

fn environment(id: &str, account: &str) -> Environment {
    serde_json::from_value(json!({
        "id": id, "label": "x", "accountId": account, "region": "eu-west-1", "team": "research", "externalId": "3b1f8c1e-2f5a",
        "status": "READY", "revision": 1, "owner": "alice", "createdAt": AT, "updatedAt": AT,
    }))
    .unwrap()
}

fn pipeline(stages: &[(&str, &str)]) -> Pipeline {
    let stages: Vec<Value> = stages
        .iter()
        .map(|(name, id)| json!({"name": name, "environmentId": id, "manualApproval": false}))
        .collect();
    serde_json::from_value(json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research", "cicdEnvironmentId": "env-cicd0001",
        "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1", "cicdTeam": "research", "strategy": "trunk",
        "status": "DEPLOYED", "revision": 1, "owner": "alice", "createdAt": AT, "updatedAt": AT, "stages": stages,
    }))
    .unwrap()
}

#[test]
fn stages_in_one_account_are_named_with_what_else_is_there() {
    let environments = [
        environment("env-cicd0001", "111111111111"),
        environment("env-dev00001", "222222222222"),
        environment("env-dev00002", "222222222222"),
        environment("env-prod0001", "333333333333"),
    ];
    let apart = pipeline(&[("dev", "env-dev00001"), ("prod", "env-prod0001")]);
    assert_eq!(shared_accounts(&apart, &environments), []);
    let together = pipeline(&[
        ("dev", "env-dev00001"),
        ("test", "env-dev00002"),
        ("prod", "env-prod0001"),
        ("tools", "env-cicd0001"),
    ]);
    let said: Vec<String> = shared_accounts(&together, &environments)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(said.len(), 2);
    assert!(
        said[0].starts_with("the stage tools is in the account of the CICD stack, 111111111111:"),
        "{}",
        said[0]
    );
    assert!(
        said[1].starts_with("the stages dev and test are in one account, 222222222222:"),
        "{}",
        said[1]
    );
}
