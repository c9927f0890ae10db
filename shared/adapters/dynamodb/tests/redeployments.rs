//! What is written and read for redeployments.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::redeployments::{
    CancelRedeployments as _, RecordRedeployments as _, Redeployments as _, select::PipelineRows as _,
};
use aws_clients::replay::Replay;
use domain::{ids::RedeploymentId, listing::Listing, redeployment::Redeployment, strategy::Strategy};
use dynamodb::Table;
use serde_json::{Value, json};

const ID: &str = "6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b";

fn table(answers: impl IntoIterator<Item = (u16, Value)>) -> (Table, Replay) {
    let answers = answers
        .into_iter()
        .map(|(status, answer)| (status, answer.to_string()));
    let replay = Replay::new(answers);
    (Table::from_config(&replay.config(), "records".to_owned()), replay)
}

fn sent(replay: &Replay) -> Vec<Value> {
    let sent = replay.sent();
    sent.iter()
        .map(|sent| serde_json::from_str(&sent.body).unwrap())
        .collect()
}

fn redeployment() -> Redeployment {
    serde_json::from_value(json!({
        "redeploymentId": ID, "target": {"all": true}, "cause": {"kind": "REQUESTED"},
        "requestedBy": "alice", "requestedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap()
}

/// The record as DynamoDB has it.
fn row() -> Value {
    json!({
        "pk": {"S": format!("REDEPLOYMENT#{ID}")}, "sk": {"S": "REDEPLOYMENT"}, "redeploymentId": {"S": ID},
        "target": {"M": {"all": {"BOOL": true}}}, "cause": {"M": {"kind": {"S": "REQUESTED"}}},
        "requestedBy": {"S": "alice"}, "requestedAt": {"S": "2026-11-22T10:00:00Z"},
        // 90 days later.
        "expiresAt": {"N": "1803117600"},
    })
}

fn unmet(reasons: &[&str]) -> (u16, Value) {
    let reasons: Vec<Value> = reasons.iter().map(|code| json!({"Code": code})).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    (400, json!({"__type": kind, "CancellationReasons": reasons}))
}

#[tokio::test]
async fn a_redeployment_is_written_unless_it_is_there() {
    let (table, replay) = table([(200, json!({}))]);
    assert_eq!(
        table.record(&redeployment(), None, None).await.unwrap(),
        redeployment()
    );
    let put = &sent(&replay)[0]["TransactItems"][0]["Put"];
    assert_eq!(put["Item"], row());
    assert_eq!(put["ConditionExpression"], "attribute_not_exists(pk)");
}

#[tokio::test]
async fn the_record_that_came_first_counts() {
    let mut first = row();
    first["requestedBy"] = json!({"S": "bob"});
    first["cancelledBy"] = json!({"S": "carol"});
    first["cancelledAt"] = json!({"S": "2026-11-22T10:01:00Z"});
    let (table, _) = table([unmet(&["ConditionalCheckFailed"]), (200, json!({"Item": first}))]);
    let recorded = table.record(&redeployment(), None, None).await.unwrap();
    assert_eq!(recorded.requested_by.as_str(), "bob");
    assert_eq!(recorded.cancellation.unwrap().by.as_str(), "carol");
}

#[tokio::test]
async fn a_record_that_is_neither_written_nor_there_is_tried_again() {
    let (table, _) = table([unmet(&["ConditionalCheckFailed"]), (200, json!({}))]);
    let error = table.record(&redeployment(), None, None).await.unwrap_err();
    assert_eq!(error.name(), "ConcurrentChange");
}

#[tokio::test]
async fn the_first_cancellation_stays() {
    let (table, replay) = table([(200, json!({})), unmet(&["ConditionalCheckFailed"])]);
    let id = RedeploymentId::parse(ID).unwrap();
    let cancellation =
        serde_json::from_value(json!({"cancelledBy": "bob", "cancelledAt": "2026-11-22T10:01:00Z"})).unwrap();
    table.cancel(&id, &cancellation, None).await.unwrap();
    let update = &sent(&replay)[0]["TransactItems"][0]["Update"];
    let expression = update["UpdateExpression"].as_str().unwrap();
    for attribute in ["cancelledBy", "cancelledAt"] {
        assert!(
            expression.contains(&format!("{attribute} = if_not_exists({attribute}, ")),
            "{expression}"
        );
    }
    assert_eq!(update["ConditionExpression"], "attribute_exists(pk)");
    let gone = table.cancel(&id, &cancellation, None).await.unwrap_err();
    assert_eq!(gone.name(), "NotFound");
}

#[tokio::test]
async fn a_record_is_read_consistently() {
    let (table, replay) = table([(200, json!({"Item": row()}))]);
    let read = table.redeployment(&RedeploymentId::parse(ID).unwrap()).await;
    assert_eq!(read.unwrap().unwrap(), redeployment());
    assert_eq!(sent(&replay)[0]["ConsistentRead"], true);
}

#[tokio::test]
async fn a_page_of_rows_goes_on_where_an_answer_ended_early() {
    let row = |name: &str, id: &str| json!({"pk": {"S": "STRATEGY#trunk"}, "sk": {"S": format!("PIPELINE#{name}#{id}")}, "id": {"S": id}});
    let key = json!({"pk": {"S": "STRATEGY#trunk"}, "sk": {"S": "PIPELINE#b#b0000000"}});
    let (table, replay) = table([
        (
            200,
            json!({"Items": [row("a", "a0000000"), row("b", "b0000000")], "LastEvaluatedKey": key}),
        ),
        (200, json!({"Items": [row("c", "c0000000")]})),
    ]);
    let listing = Listing::Strategy(Strategy::Trunk);
    let rows = table
        .pipeline_rows(&listing, Some("PIPELINE#0#00000000"), 1_000)
        .await
        .unwrap();
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "PIPELINE#a#a0000000",
            "PIPELINE#b#b0000000",
            "PIPELINE#c#c0000000"
        ]
    );
    assert_eq!(rows[2].id.as_str(), "c0000000");
    let [first, second] = sent(&replay).try_into().unwrap();
    let values = json!({":partition": {"S": "STRATEGY#trunk"}, ":prefix": {"S": "PIPELINE#"}});
    assert_eq!(
        first["ExpressionAttributeValues"], values,
        "rows of pipelines alone"
    );
    assert_eq!(first["ExclusiveStartKey"]["sk"]["S"], "PIPELINE#0#00000000");
    assert_eq!((&first["Limit"], &second["Limit"]), (&json!(1_000), &json!(998)));
    assert_eq!(second["ExclusiveStartKey"], key);
}

#[tokio::test]
async fn a_full_page_costs_one_query() {
    let rows: Vec<Value> = (0..3)
        .map(|n| json!({"sk": {"S": format!("PIPELINE#x#{n}")}, "id": {"S": format!("a000000{n}")}}))
        .collect();
    let key = json!({"pk": {"S": "ALL"}, "sk": {"S": "PIPELINE#x#2"}});
    let (table, replay) = table([(200, json!({"Items": rows, "LastEvaluatedKey": key}))]);
    assert_eq!(
        table.pipeline_rows(&Listing::All, None, 3).await.unwrap().len(),
        3
    );
    assert_eq!(replay.sent().len(), 1);
}
