//! Redeployments over REST: statuses, places, permissions, and answers that keep to the OpenAPI document.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use std::sync::{Mutex, MutexGuard};

use api::{Answer, Request, redeployments};
use application::redeployments::{
    cancel::StopExecutions,
    get::{Execution, ExecutionState, PipelineCounts, RedeploymentExecutions},
};
use domain::{Error, Result, deployment::Failure, ids::RedeploymentId, redeployment::Cancellation};
use memory::Records;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// A platform without pipelines: administrators may ask for anything all the same.
#[derive(Default)]
struct Platform {
    records: Records,
    machine: Mutex<State>,
}

#[derive(Default)]
struct State {
    execution: Option<Execution>,
}

impl Platform {
    fn state(&self) -> MutexGuard<'_, State> {
        self.machine.lock().unwrap()
    }
}

impl RedeploymentExecutions for Platform {
    async fn execution(&self, _: &RedeploymentId) -> Result<Option<Execution>> {
        Ok(self.state().execution.clone())
    }
}

impl StopExecutions for Platform {
    async fn stop(&self, _: &RedeploymentId, _: &Cancellation) -> Result<()> {
        if let Some(execution) = &mut self.state().execution {
            execution.state = ExecutionState::Stopped;
        }
        Ok(())
    }
}

/// A request of somebody in `team`, as API Gateway passes it on.
fn request(team: &str, change: &Value) -> Request {
    let mut event = json!({
        "resource": "/redeployments", "path": "/redeployments", "httpMethod": "POST", "headers": {},
        "multiValueHeaders": {}, "queryStringParameters": null, "multiValueQueryStringParameters": null,
        "pathParameters": null, "stageVariables": null, "body": null, "isBase64Encoded": false,
        "requestContext": {
            "requestId": "r-1", "httpMethod": "POST",
        },
    });
    for (key, value) in change.as_object().unwrap() {
        event[key] = value.clone();
    }
    support::request_of(event, "alice", &[team])
}

const ADMINS: &str = "platform-admins";

async fn posted(platform: &Platform, team: &str, body: &Value, key: Option<&str>) -> Result<Answer> {
    let headers = key.map_or(json!({}), |key| json!({ "idempotency-key": key }));
    let request = request(team, &json!({"body": body.to_string(), "headers": headers}));
    redeployments::request::handle(&platform.records, request).await
}

fn at(id: &str) -> Value {
    json!({"pathParameters": {"redeploymentId": id}})
}

async fn read(platform: &Platform, id: &str) -> Result<Answer> {
    redeployments::get::handle(&platform.records, platform, request(ADMINS, &at(id))).await
}

async fn cancelled(platform: &Platform, id: &str) -> Result<Answer> {
    redeployments::cancel::handle(&platform.records, platform, request(ADMINS, &at(id))).await
}

/// The answer's body, which is a redeployment as the OpenAPI document has it.
fn body(answer: Answer) -> Value {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let mut schema = json!({"$ref": "#/components/schemas/Redeployment"});
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let body = answer.body.unwrap();
    let problems: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:?} in {body}");
    let known = document["components"]["schemas"]["Redeployment"]["properties"]
        .as_object()
        .unwrap();
    for member in body.as_object().unwrap().keys() {
        assert!(known.contains_key(member), "{member} is not in the document");
    }
    body
}

fn execution(state: ExecutionState, pipelines: Option<PipelineCounts>) -> Execution {
    Execution {
        arn: "arn:aws:states:eu-west-1:000000000000:execution:dataall-platform-redeploy-pipelines:x"
            .to_owned(),
        ended_at: (state != ExecutionState::Running).then_some(OffsetDateTime::UNIX_EPOCH),
        state,
        started_at: OffsetDateTime::UNIX_EPOCH,
        pipelines,
    }
}

#[tokio::test]
async fn a_request_answers_where_to_follow_it() {
    let platform = Platform::default();
    let answer = posted(&platform, ADMINS, &json!({"strategy": "trunk"}), None)
        .await
        .unwrap();
    assert_eq!(answer.status, 202);
    let location = answer.headers.iter().find(|(name, _)| *name == "Location");
    let location = location.unwrap().1.clone();
    let body = body(answer);
    let id = body["id"].as_str().unwrap();
    assert_eq!(location, format!("/redeployments/{id}"));
    assert_eq!(body["status"], "RUNNING");
    assert_eq!(body["target"], json!({"strategy": "trunk"}));
    assert_eq!(body["cause"], json!({"kind": "REQUESTED"}));
    assert!(body.get("executionUrl").is_none(), "nothing runs yet: {body}");
    assert!(body.get("total").is_none(), "nothing is selected yet: {body}");
    assert_eq!(platform.records.state().redeployments.len(), 1);
}

#[tokio::test]
async fn the_same_key_gives_the_same_redeployment() {
    let platform = Platform::default();
    let all = json!({"all": true});
    let first = body(posted(&platform, ADMINS, &all, Some("k")).await.unwrap());
    let again = body(posted(&platform, ADMINS, &all, Some("k")).await.unwrap());
    assert_eq!(first, again);
    assert_eq!(platform.records.state().redeployments.len(), 1);
    let other = posted(&platform, ADMINS, &json!({"strategy": "trunk"}), Some("k")).await;
    assert!(matches!(other, Err(Error::IdempotencyKeyReused)));
}

#[tokio::test]
async fn what_is_wrong_or_not_allowed_leaves_no_trace() {
    let platform = Platform::default();
    for (team, wanted, name) in [
        (ADMINS, json!({}), "Invalid"),
        (ADMINS, json!({"all": false}), "Invalid"),
        (ADMINS, json!({"all": true, "strategy": "trunk"}), "Invalid"),
        (ADMINS, json!({"all": true, "strategy": null}), "Invalid"),
        (ADMINS, json!({"pipeline": "k3j9x0ab"}), "Invalid"),
        (ADMINS, json!({"pipelineId": "k3j9x0ab"}), "NotFound"),
        ("research", json!({"environmentId": "env-a1b2c3d4"}), "NotFound"),
        ("research", json!({"strategy": "trunk"}), "Forbidden"),
        ("research", json!({"all": true}), "Forbidden"),
    ] {
        let error = posted(&platform, team, &wanted, None).await.unwrap_err();
        assert_eq!(error.name(), name, "{team} {wanted}");
    }
    assert!(platform.records.state().redeployments.is_empty());
}

/// What the audit trail says: what it is about, who asked for what, how it was answered and what was done.
fn trail(platform: &Platform) -> Vec<Value> {
    let state = platform.records.state();
    let entries = state.audit.iter();
    entries
        .map(|entry| serde_json::to_value(entry).unwrap())
        .collect()
}

#[tokio::test]
async fn who_asks_for_an_environments_pipelines_is_in_its_audit_trail() {
    let platform = Platform::default();
    let id = "env-a1b2c3d4";
    let environment = serde_json::from_value(json!({
        "id": id, "label": "dev", "accountId": "222222222222", "region": "eu-west-1", "team": "research",
        "invitedTeams": ["marketing"], "bootstrapQualifier": "hnb659fds", "externalId": "external-id", "status": "PENDING",
        "revision": 1, "owner": "alice", "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap();
    platform
        .records
        .state()
        .environments
        .insert(id.to_owned(), environment);
    let body = json!({ "environmentId": id });
    let error = posted(&platform, "marketing", &body, None).await.unwrap_err();
    assert_eq!(error.name(), "Forbidden");
    let asked = self::body(posted(&platform, "research", &body, None).await.unwrap());
    let redeployment = asked["id"].as_str().unwrap();
    cancelled(&platform, redeployment).await.unwrap();
    let entries = trail(&platform);
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                &entry["subject"],
                entry["action"].as_str().unwrap(),
                entry["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let subject = json!({ "environment": id });
    assert_eq!(
        told,
        [
            (&subject, "requestRedeployment", "REFUSED"),
            (&subject, "requestRedeployment", "ACCEPTED"),
            (&subject, "cancelRedeployment", "ACCEPTED"),
        ]
    );
    for entry in &entries[1..] {
        assert_eq!(entry["detail"], format!("redeployment {redeployment}"));
    }
}

#[tokio::test]
async fn all_pipelines_have_no_trail_of_their_own() {
    let platform = Platform::default();
    for (team, body) in [
        (ADMINS, json!({"all": true})),
        ("research", json!({"strategy": "trunk"})),
    ] {
        _ = posted(&platform, team, &body, None).await;
    }
    assert_eq!(trail(&platform), Vec::<Value>::new());
}

#[tokio::test]
async fn progress_is_read_and_cancelled() {
    let platform = Platform::default();
    let asked = body(
        posted(&platform, ADMINS, &json!({"all": true}), None)
            .await
            .unwrap(),
    );
    let id = asked["id"].as_str().unwrap();
    let counts = PipelineCounts {
        total: 200,
        succeeded: 120,
        failed: 3,
        aborted: 0,
    };
    platform.state().execution = Some(execution(ExecutionState::Running, Some(counts)));
    let answer = read(&platform, id).await.unwrap();
    assert_eq!(answer.status, 200);
    let running = body(answer);
    assert_eq!(
        ["status", "total", "done", "failed", "cancelled", "remaining"].map(|name| &running[name]),
        [
            &json!("RUNNING"),
            &json!(200),
            &json!(120),
            &json!(3),
            &json!(0),
            &json!(77)
        ]
    );
    let answer = cancelled(&platform, id).await.unwrap();
    assert_eq!(answer.status, 202);
    let stopped = body(answer);
    assert_eq!(
        ["status", "cancelled", "remaining", "cancelledBy"].map(|name| &stopped[name]),
        [&json!("CANCELLED"), &json!(77), &json!(0), &json!("alice")]
    );
    assert_eq!(body(cancelled(&platform, id).await.unwrap()), stopped);
    assert_eq!(body(read(&platform, id).await.unwrap()), stopped);
}

#[tokio::test]
async fn a_failure_says_why() {
    let platform = Platform::default();
    let asked = body(
        posted(&platform, ADMINS, &json!({"all": true}), None)
            .await
            .unwrap(),
    );
    let failure = Failure {
        error: "Internal".to_owned(),
        cause: "the platform failed".to_owned(),
    };
    platform.state().execution = Some(execution(ExecutionState::Failed(failure), None));
    let failed = body(read(&platform, asked["id"].as_str().unwrap()).await.unwrap());
    assert_eq!(failed["status"], "FAILED");
    assert_eq!(
        failed["failure"],
        json!({"error": "Internal", "cause": "the platform failed"})
    );
}

#[tokio::test]
async fn an_id_that_is_none_is_one_that_does_not_exist() {
    let platform = Platform::default();
    for id in [
        "",
        "x",
        "6A7E8FEB-B491-4CF7-A9F1-BF3703467718",
        "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    ] {
        for error in [read(&platform, id).await, cancelled(&platform, id).await] {
            assert_eq!(error.unwrap_err().name(), "NotFound", "{id}");
        }
    }
}

#[tokio::test]
async fn a_malformed_key_is_refused_though_it_has_no_effect() {
    let platform = Platform::default();
    let id = "6a7e8feb-b491-4cf7-a9f1-bf3703467718";
    let mut change = at(id);
    change["headers"] = json!({"Idempotency-Key": "k".repeat(256)});
    let refused = redeployments::cancel::handle(&platform.records, &platform, request(ADMINS, &change)).await;
    assert_eq!(refused.unwrap_err().name(), "Invalid");
}

#[tokio::test]
async fn only_administrators_may_ask_as_often_as_they_like() {
    let platform = Platform::default();
    let ask =
        async |team: &str| redeployments::check_limit(&platform.records, 2, &request(team, &json!({}))).await;
    for _ in 0..5 {
        ask(ADMINS).await.unwrap();
    }
    ask("research").await.unwrap();
    ask("research").await.unwrap();
    assert_eq!(ask("research").await.unwrap_err().name(), "TooManyRequests");
}
