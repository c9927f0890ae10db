//! What is written and read for approvals, and for who had a hand in what is approved.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::{
    pipelines::issue_credentials::HandedOut as _,
    records::{
        CommitPipelines as _,
        idempotency::{Answer, Idempotency, KeepAnswers as _},
    },
    runs::approve::Approvals as _,
};
use aws_clients::replay::Replay;
use domain::{
    Error,
    approval::{AnswerStatus, Approval, Decision},
    audit::AuditEntry,
    lifecycle::{self, Holder},
    pipeline::Pipeline,
};
use dynamodb::Table;
use serde_json::{Value, json};
use time::macros::datetime;

const RUN: &str = "00000000-0000-4000-8000-000000000001";

fn table(answers: impl IntoIterator<Item = (u16, Value)>) -> (Table, Replay) {
    let answers = answers
        .into_iter()
        .map(|(status, answer)| (status, answer.to_string()));
    let replay = Replay::new(answers);
    (Table::from_config(&replay.config(), "records".to_owned()), replay)
}

/// The writes of the first transaction.
fn writes(replay: &Replay) -> Vec<Value> {
    let sent: Value = serde_json::from_str(&replay.sent()[0].body).unwrap();
    sent["TransactItems"].as_array().unwrap().clone()
}

fn answer() -> Approval {
    serde_json::from_value(json!({
        "pipelineId": "k3j9x0ab", "stage": "prod", "codePipeline": "dataall-sales-k3j9x0ab", "stageName": "Approve-prod",
        "actionName": "Approve", "runId": RUN, "commitId": "c1", "runStartedAt": "2026-11-24T11:00:00Z",
        "decision": "APPROVED", "comment": "looks good", "by": "olga", "at": "2026-11-24T12:00:00Z", "requestId": "r-1",
        "status": "PENDING", "attempt": 2,
    }))
    .unwrap()
}

/// The record as DynamoDB has it.
fn row(sk: &str, status: &str) -> Value {
    json!({
        "pk": {"S": "PIPELINE#k3j9x0ab"}, "sk": {"S": sk}, "pipelineId": {"S": "k3j9x0ab"}, "stage": {"S": "prod"},
        "codePipeline": {"S": "dataall-sales-k3j9x0ab"}, "stageName": {"S": "Approve-prod"}, "actionName": {"S": "Approve"},
        "runId": {"S": RUN}, "commitId": {"S": "c1"}, "runStartedAt": {"S": "2026-11-24T11:00:00Z"},
        "decision": {"S": "APPROVED"}, "comment": {"S": "looks good"}, "by": {"S": "olga"},
        "at": {"S": "2026-11-24T12:00:00Z"}, "requestId": {"S": "r-1"}, "status": {"S": status}, "attempt": {"N": "2"},
    })
}

fn unmet(reasons: &[&str]) -> (u16, Value) {
    let reasons: Vec<Value> = reasons.iter().map(|code| json!({"Code": code})).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    (400, json!({"__type": kind, "CancellationReasons": reasons}))
}

#[tokio::test]
async fn an_answer_takes_the_place_of_the_one_that_was_read_and_of_no_other() {
    let sk = format!("APPROVAL#{RUN}#prod");
    let (table, replay) = table([(200, json!({})), unmet(&["ConditionalCheckFailed"])]);
    table.record(None, &answer()).await.unwrap();
    let put = &writes(&replay)[0]["Put"];
    assert_eq!(put["Item"], row(&sk, "PENDING"));
    assert_eq!(put["ConditionExpression"], "attribute_not_exists(pk)");

    let before = Approval {
        attempt: 1,
        ..answer()
    };
    let error = table.record(Some(&before), &answer()).await.unwrap_err();
    assert!(matches!(error, Error::ConcurrentChange(_)), "{error}");
    let sent: Value = serde_json::from_str(&replay.sent()[1].body).unwrap();
    let put = &sent["TransactItems"][0]["Put"];
    assert_eq!(put["ConditionExpression"], "attempt = :attempt");
    assert_eq!(put["ExpressionAttributeValues"], json!({":attempt": {"N": "1"}}));
}

#[tokio::test]
async fn an_approval_that_was_given_is_the_stage_s_last_one() {
    for (decision, status, last) in [
        (Decision::Approved, AnswerStatus::Given, true),
        (Decision::Approved, AnswerStatus::Refused, false),
        (Decision::Rejected, AnswerStatus::Given, false),
    ] {
        let (table, replay) = table([(200, json!({}))]);
        let settled = Approval {
            decision,
            status,
            ..answer()
        };
        table.settle(&settled).await.unwrap();
        let writes = writes(&replay);
        assert_eq!(writes[0]["Put"]["ConditionExpression"], "attempt = :attempt");
        let second = writes.get(1).map(|write| write["Put"]["Item"].clone());
        assert_eq!(second, last.then(|| row("APPROVED#prod", "GIVEN")));
    }
}

#[tokio::test]
async fn what_is_written_can_be_read() {
    let (table, _) = table([
        (200, json!({"Item": row("x", "PENDING")})),
        (200, json!({})),
        (
            200,
            json!({"Item": {"username": {"S": "olga"}, "credentialsUntil": {"S": "2026-11-24T12:00:00Z"}}}),
        ),
    ]);
    let (pipeline, stage) = ("k3j9x0ab".parse().unwrap(), "prod".parse().unwrap());
    assert_eq!(
        table
            .approval(&pipeline, &RUN.parse().unwrap(), &stage)
            .await
            .unwrap(),
        Some(answer())
    );
    assert_eq!(table.last_approved(&pipeline, &stage).await.unwrap(), None);
    let hand = table
        .contribution(&pipeline, &"olga".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (hand.changed_at, hand.credentials_until),
        (None, Some(datetime!(2026-11-24 12:00 UTC)))
    );
}

#[tokio::test]
async fn handing_out_and_changing_leave_one_another_s_time_alone() {
    let (handing, replay) = table([(200, json!({}))]);
    let until = datetime!(2026-11-24 13:00 UTC);
    let (pipeline, olga) = ("k3j9x0ab".parse().unwrap(), "olga".parse().unwrap());
    let asked: AuditEntry = serde_json::from_value(json!({
        "subject": {"pipeline": "k3j9x0ab"}, "at": "2026-11-24T12:00:00Z", "by": "olga", "requestId": "r-1",
        "sourceAddress": "192.0.2.1", "action": "issueCredentials", "outcome": "ACCEPTED",
    }))
    .unwrap();
    handing.handed_out(&pipeline, until, &asked).await.unwrap();
    let entry = writes(&replay)[0]["Put"]["Item"].clone();
    assert_eq!(entry["pk"], json!({"S": "PIPELINE#k3j9x0ab"}));
    assert_eq!(
        entry["sk"],
        json!({"S": "AUDIT#1795521600000#r-1#IssueCredentials"})
    );
    assert_eq!(entry["by"], json!({"S": "olga"}));
    assert!(entry["expiresAt"]["N"].is_string(), "it goes by itself");
    let update = writes(&replay)[1]["Update"].clone();
    assert_eq!(
        update["Key"],
        json!({"pk": {"S": "PIPELINE#k3j9x0ab"}, "sk": {"S": "CONTRIBUTION#olga"}})
    );
    assert_eq!(
        update["UpdateExpression"],
        "SET username = :user, credentialsUntil = :time"
    );
    assert_eq!(
        update["ExpressionAttributeValues"],
        json!({":user": {"S": "olga"}, ":time": {"S": "2026-11-24T13:00:00Z"}})
    );

    let before: Pipeline = serde_json::from_value(json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
        "cicdTeam": "research", "strategy": "trunk", "stages": [], "status": "DEPLOYED", "revision": 3,
        "owner": "alice", "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap();
    let request = lifecycle::Request {
        username: olga,
        request_id: None,
        source_address: None,
        at: until,
        deployment_id: "01k9v3xv0m0000000000000001".parse().unwrap(),
        expected: None,
    };
    let mut definition = before.definition();
    definition.description = "Sales".parse().unwrap();
    let change = lifecycle::change(
        &before,
        definition,
        lifecycle::Placement::default(),
        &Holder::Nobody,
        request,
    )
    .unwrap();
    let (changing, replay) = table([(200, json!({}))]);
    changing.commit_pipeline(&change.unwrap(), None).await.unwrap();
    let writes = writes(&replay);
    let hands: Vec<&Value> = writes
        .iter()
        .filter(|write| write["Update"]["Key"]["sk"]["S"] == "CONTRIBUTION#olga")
        .collect();
    assert_eq!(hands.len(), 1, "in the same transaction: {writes:?}");
    assert_eq!(
        hands[0]["Update"]["UpdateExpression"],
        "SET username = :user, changedAt = :time"
    );
}

#[tokio::test]
async fn an_answer_is_kept_once_for_its_key() {
    let (table, replay) = table([(200, json!({})), unmet(&["ConditionalCheckFailed"])]);
    let request = Idempotency::new(&"alice".parse().unwrap(), "POST".to_owned(), "k".to_owned(), None);
    let answer = Answer::to(Some(&request), &json!({"runId": RUN}))
        .unwrap()
        .unwrap();
    table.keep(&answer).await.unwrap();
    let put = writes(&replay)[0]["Put"].clone();
    assert_eq!(put["Item"]["pk"], json!({"S": "IDEMPOTENCY#alice#POST#k"}));
    assert_eq!(
        put["Item"]["snapshot"],
        json!({"S": format!("{{\"runId\":\"{RUN}\"}}")})
    );
    let twin = table.keep(&answer).await.unwrap_err();
    assert!(matches!(twin, Error::ConcurrentChange(_)));
}
