//! What CodePipeline's answers mean.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use accounts::Accounts;
use application::{
    pipelines::live_stages::{CodePipelines, StageState, Status},
    workflow::accounts::{Access, Session},
};
use aws_clients::replay::Replay;
use domain::{
    Result,
    account::{AccountId, BootstrapQualifier, ExternalId, Region},
    environment::EnvironmentId,
    names::Prefix,
    team::Username,
};
use pipelines::Pipelines;
use serde_json::{Value, json};

async fn state(status: u16, answer: Value) -> Result<Option<Vec<StageState>>> {
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
    let session = Session::of_request(access, &Username::parse("alice").unwrap());
    let replay = Replay::new([
        Replay::assumed_role("2999-01-01T00:00:00Z"),
        (status, answer.to_string()),
    ]);
    let pipelines = Pipelines::new(Accounts::from_config(&replay.config()));
    let state = pipelines.state(&session, "dataall-sales-k3j9x0ab").await;
    let sent: Value = serde_json::from_str(&replay.sent().last().unwrap().body).unwrap();
    assert_eq!(sent, json!({"name": "dataall-sales-k3j9x0ab"}));
    state
}

fn stage(status: &str, action: &Value) -> Value {
    json!({"stageName": "Approve-prod", "actionStates": [{"actionName": "Approve", "latestExecution": action}],
        "latestExecution": {"pipelineExecutionId": "e-1", "status": status}})
}

#[tokio::test]
async fn a_pipeline_that_is_not_there_is_no_error() {
    let missing = json!({"__type": "PipelineNotFoundException", "message": "no"});
    assert_eq!(state(400, missing).await.unwrap(), None);
    let denied = json!({"__type": "AccessDeniedException", "message": "no"});
    assert_eq!(state(400, denied).await.unwrap_err().name(), "AccessDenied");
}

#[tokio::test]
async fn a_waiting_approval_is_known_by_its_token() {
    for (action, waits) in [
        (
            json!({"status": "InProgress", "token": "t", "lastStatusChange": 1_795_000_000.684}),
            true,
        ),
        (
            json!({"status": "InProgress", "lastStatusChange": 1_795_000_000.684}),
            false,
        ),
        (
            json!({"status": "Failed", "token": "t", "lastStatusChange": 1_795_000_000.684}),
            false,
        ),
    ] {
        let answer = json!({"stageStates": [stage("InProgress", &action)]});
        let states = state(200, answer).await.unwrap().unwrap();
        let [found] = &states[0].actions[..] else {
            panic!("one action")
        };
        assert_eq!(found.waits_for_approval, waits, "{action}");
        assert_eq!(
            found.changed_at.unwrap().unix_timestamp_nanos(),
            1_795_000_000_684_000_000
        );
    }
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    for (status, meaning) in [
        ("InProgress", Status::InProgress),
        ("Succeeded", Status::Succeeded),
        ("Failed", Status::Failed),
        ("Stopped", Status::Stopped),
        ("Stopping", Status::Stopped),
        ("Cancelled", Status::Stopped),
        ("Skipped", Status::Skipped),
        ("SomethingNew", Status::InProgress),
    ] {
        let answer = json!({"stageStates": [stage(status, &json!({"status": "InProgress"}))]});
        let states = state(200, answer).await.unwrap().unwrap();
        assert_eq!(states[0].status, Some(meaning), "{status}");
        assert_eq!(states[0].execution_id.as_deref(), Some("e-1"));
    }
    let untouched =
        json!({"stageStates": [{"stageName": "Deploy-prod", "actionStates": [{"actionName": "Deploy"}]}]});
    assert_eq!(state(200, untouched).await.unwrap().unwrap()[0].status, None);
}
