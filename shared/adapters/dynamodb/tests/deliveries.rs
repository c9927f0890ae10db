//! What DynamoDB is asked about runs, and what its answers mean.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::{
    deliveries::record::RecordRuns,
    records::{CommitPipelines as _, Deliveries as _},
};
use aws_clients::replay::Replay;
use domain::{
    delivery::{Delivery, Run},
    deployment::Deployment,
    ids::{PipelineId, RunId, StageName},
    lifecycle,
    pipeline::Pipeline,
};
use dynamodb::Table;
use serde_json::{Value, json};
use time::macros::datetime;

const RUN: &str = "5f8c1d0e-7b61-4c1e-9a41-93e8deadbeef";

fn table<const N: usize>(answers: [(u16, Value); N]) -> (Table, Replay) {
    let replay = Replay::new(answers.map(|(status, body)| (status, body.to_string())));
    (Table::from_config(&replay.config(), "records".to_owned()), replay)
}

fn sent(replay: &Replay) -> Vec<Value> {
    let sent = replay.sent();
    sent.iter()
        .map(|sent| serde_json::from_str(&sent.body).unwrap())
        .collect()
}

fn pipeline() -> PipelineId {
    PipelineId::parse("k3j9x0ab").unwrap()
}

fn run(version: u32, announced: &[&str]) -> Run {
    serde_json::from_value(json!({
        "runId": RUN, "codePipeline": "dataall-sales-k3j9x0ab", "startedAt": "2026-11-22T10:00:00.684Z",
        "state": {"attempt": 1, "at": "2026-11-22T10:00:01Z", "status": "IN_PROGRESS"},
        "approvals": {"Approve-prod/Approve": {"attempt": 1, "at": "2026-11-22T10:00:20Z", "status": "WAITING",
            "stage": "prod", "team": "operations"}},
        "announced": announced, "version": version,
    }))
    .unwrap()
}

fn delivery(version: u32) -> Delivery {
    let mut delivery = Delivery {
        version,
        ..Delivery::default()
    };
    delivery.take_in(&run(0, &[]));
    delivery
}

#[tokio::test]
async fn a_run_and_what_is_kept_of_all_are_written_together() {
    let (table, replay) = table([(200, json!({})), (200, json!({}))]);
    table.keep(&pipeline(), &run(0, &[]), &delivery(0)).await.unwrap();
    table
        .keep(&pipeline(), &run(3, &["WAITING#1#a"]), &delivery(7))
        .await
        .unwrap();
    let [first, second] = sent(&replay).try_into().unwrap();
    let check = &first["TransactItems"][0]["ConditionCheck"];
    assert_eq!(
        check["Key"],
        json!({"pk": {"S": "PIPELINE#k3j9x0ab"}, "sk": {"S": "PIPELINE"}})
    );
    assert_eq!(check["ConditionExpression"], "#status <> :deleted");
    assert_eq!(
        check["ExpressionAttributeValues"],
        json!({":deleted": {"S": "DELETED"}})
    );
    for (transaction, versions, conditions) in [
        (
            &first,
            ["1", "1"],
            [
                json!("attribute_not_exists(pk)"),
                json!("attribute_not_exists(pk)"),
            ],
        ),
        (
            &second,
            ["4", "8"],
            [json!("version = :version"), json!("version = :version")],
        ),
    ] {
        let puts = [1, 2].map(|index| &transaction["TransactItems"][index]["Put"]);
        let keys = puts.map(|put| put["Item"]["sk"]["S"].as_str().unwrap().to_owned());
        assert_eq!(keys, [format!("RUN#{RUN}"), "DELIVERY".to_owned()]);
        assert_eq!(
            puts.map(|put| put["Item"]["version"]["N"].as_str().unwrap().to_owned()),
            versions
        );
        assert_eq!(puts.map(|put| put["ConditionExpression"].clone()), conditions);
        assert!(puts[0]["Item"]["expiresAt"]["N"].is_string());
        assert_eq!(
            puts[1]["Item"].get("expiresAt"),
            None,
            "it goes with the pipeline"
        );
    }
    let announced = [&first, &second].map(|sent| sent["TransactItems"][1]["Put"]["Item"].get("announced"));
    assert_eq!(
        announced,
        [None, Some(&json!({"SS": ["WAITING#1#a"]}))],
        "DynamoDB has no empty sets"
    );
}

#[tokio::test]
async fn what_was_written_is_read_again() {
    let (writing, replay) = table([(200, json!({}))]);
    writing
        .keep(&pipeline(), &run(3, &["WAITING#1#a", "FAILED#1"]), &delivery(7))
        .await
        .unwrap();
    let transaction = &sent(&replay)[0]["TransactItems"];
    let items = [1, 2].map(|index| (200, json!({"Item": transaction[index]["Put"]["Item"]})));
    let (reading, _) = table(items);
    let id = RunId::parse(RUN).unwrap();
    let read = reading.run(&pipeline(), &id).await.unwrap().unwrap();
    assert_eq!(read, run(4, &["WAITING#1#a", "FAILED#1"]));
    let read = RecordRuns::delivery(&reading, &pipeline()).await.unwrap();
    assert_eq!(read, Some(delivery(8)));
}

#[tokio::test]
async fn somebody_elses_write_or_the_pipelines_end_is_a_concurrent_change() {
    for failed in 0..3 {
        let reasons: Vec<Value> = (0..3)
            .map(|index| json!({"Code": if index == failed { "ConditionalCheckFailed" } else { "None" }}))
            .collect();
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        let (table, _) = table([(400, json!({"__type": kind, "CancellationReasons": reasons}))]);
        let error = table
            .keep(&pipeline(), &run(1, &[]), &delivery(1))
            .await
            .unwrap_err();
        assert_eq!(error.name(), "ConcurrentChange", "{failed}");
    }
}

#[tokio::test]
async fn an_announcement_is_added_and_makes_the_row_another_one() {
    let (table, replay) = table([(200, json!({}))]);
    let id = RunId::parse(RUN).unwrap();
    table.announced(&pipeline(), &id, "FAILED#1").await.unwrap();
    let update = &sent(&replay)[0]["TransactItems"][0]["Update"];
    assert_eq!(
        update["UpdateExpression"],
        "ADD announced :announcement, version :one"
    );
    assert_eq!(
        update["ExpressionAttributeValues"],
        json!({":announcement": {"SS": ["FAILED#1"]}, ":one": {"N": "1"}})
    );
    assert_eq!(update["Key"]["sk"]["S"], format!("RUN#{RUN}"));
}

#[tokio::test]
async fn how_a_stage_was_answered_is_read_by_run_and_stage() {
    let row = json!({"pk": {"S": "PIPELINE#k3j9x0ab"}, "sk": {"S": "x"}, "decision": {"S": "APPROVED"}, "by": {"S": "olivia"},
        "at": {"S": "2026-11-22T10:00:00Z"}, "comment": {"NULL": true}});
    let (table, replay) = table([(200, json!({"Item": row})), (200, json!({}))]);
    let (id, stage) = (RunId::parse(RUN).unwrap(), StageName::parse("prod").unwrap());
    let answer = table.answer(&pipeline(), &id, &stage).await.unwrap().unwrap();
    assert_eq!(
        (answer.decision.as_str(), answer.by.as_str(), answer.comment),
        ("APPROVED", "olivia", None)
    );
    assert_eq!(table.answer(&pipeline(), &id, &stage).await.unwrap(), None);
    let key = json!({"pk": {"S": "PIPELINE#k3j9x0ab"}, "sk": {"S": format!("APPROVAL#{RUN}#prod")}});
    assert_eq!(sent(&replay)[0]["Key"], key);
}

#[tokio::test]
async fn deliveries_are_read_at_once_and_found_by_their_pipelines() {
    let (writing, replay) = table([(200, json!({}))]);
    writing
        .keep(&pipeline(), &run(0, &[]), &delivery(0))
        .await
        .unwrap();
    let item = sent(&replay)[0]["TransactItems"][2]["Put"]["Item"].clone();
    let (reading, replay) = table([(
        200,
        json!({"Responses": {"records": [item]}, "UnprocessedKeys": {}}),
    )]);
    let other = PipelineId::parse("a1234567").unwrap();
    let found = reading.deliveries(&[&other, &pipeline()]).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(pipeline(), delivery(1))]);
    let keys = &sent(&replay)[0]["RequestItems"]["records"]["Keys"];
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert_eq!(keys[0]["sk"]["S"], "DELIVERY");
    let (nothing, replay) = table([]);
    assert!(nothing.deliveries(&[]).await.unwrap().is_empty());
    assert_eq!(sent(&replay), Vec::<Value>::new(), "no ids, no call");
}

#[tokio::test]
async fn what_is_kept_of_the_runs_goes_with_the_pipeline() {
    let (table, replay) = table([(200, json!({}))]);
    let before: Pipeline = serde_json::from_value(json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
        "cicdTeam": "research", "strategy": "trunk", "stages": [], "status": "DELETING", "revision": 3,
        "owner": "alice", "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap();
    let deletion: Deployment = serde_json::from_value(json!({
        "id": "01k9v3xv0m0000000000000001", "pipelineId": "k3j9x0ab", "revision": 3, "status": "SUCCEEDED",
        "requestedBy": "alice", "createdAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap();
    let before = Pipeline {
        active_deployment: Some(deletion.id.clone()),
        ..before
    };
    let gone = lifecycle::deleted(&before, &deletion, Vec::new(), datetime!(2026-11-22 10:00 UTC));
    let gone = gone.unwrap().unwrap();
    table.commit_pipeline(&gone, None).await.unwrap();
    let writes = sent(&replay)[0]["TransactItems"].clone();
    let removed = writes.as_array().unwrap().iter().filter_map(|write| {
        let key = write["Delete"]["Key"].as_object()?;
        Some((key["pk"]["S"].as_str()?, key["sk"]["S"].as_str()?))
    });
    assert!(
        removed
            .into_iter()
            .any(|key| key == ("PIPELINE#k3j9x0ab", "DELIVERY"))
    );
}
