//! What the events say of a deployment.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use domain::{
    deployment::{Deployment, DeploymentStatus, Failure},
    event::{DeploymentFacts, DeploymentStarted, Ended},
    pipeline::Pipeline,
};
use serde_json::{Value, json};
use time::macros::datetime;

fn pipeline() -> Pipeline {
    serde_json::from_value(json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-a1234567", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
        "cicdTeam": "research", "strategy": "trunk", "stages": [], "status": "DEPLOYING", "revision": 4, "owner": "alice",
        "createdAt": "2026-11-20T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap()
}

fn deployment() -> Deployment {
    serde_json::from_value(json!({
        "id": "01k9v3xv0m0000000000000001", "pipelineId": "k3j9x0ab", "revision": 3, "status": "RUNNING",
        "requestedBy": "bob", "requestId": "r-1", "executionArn": "arn:execution",
        "createdAt": "2026-11-22T10:00:00Z", "startedAt": "2026-11-22T10:00:01Z",
    }))
    .unwrap()
}

/// What all events about the deployment say.
fn facts(operation: &str) -> Value {
    json!({
        "version": "1", "pipelineId": "k3j9x0ab", "pipelineName": "sales", "team": "research", "strategy": "trunk",
        "deploymentId": "01k9v3xv0m0000000000000001", "operation": operation, "revision": 3, "requestedBy": "bob",
        "requestId": "r-1", "executionArn": "arn:execution", "startedAt": "2026-11-22T10:00:01Z",
    })
}

fn with(mut event: Value, more: Value) -> Value {
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more);
    }
    event
}

fn ended(deployment: &Deployment) -> Value {
    serde_json::to_value(Ended::of(&pipeline(), deployment)).unwrap()
}

#[test]
fn a_start_tells_the_deployment_s_revision_not_the_pipeline_s() {
    let event = DeploymentStarted {
        deployment: DeploymentFacts::of(&pipeline(), &deployment()),
    };
    assert_eq!(serde_json::to_value(&event).unwrap(), facts("DEPLOY"));
    let mut newer = facts("DEPLOY");
    newer["surprise"] = json!(true);
    assert_eq!(
        serde_json::from_value::<DeploymentStarted>(newer).unwrap(),
        event,
        "members may be added"
    );
}

#[test]
fn an_end_tells_how_and_when() {
    let now = datetime!(2026-11-22 10:01 UTC);
    let at = json!({"endedAt": "2026-11-22T10:01:00Z"});
    assert_eq!(
        ended(&deployment().succeeded(now)),
        with(with(facts("DEPLOY"), at.clone()), json!({"stacks": []}))
    );
    let failure = Failure {
        error: "StackFailed".to_owned(),
        cause: "because".to_owned(),
    };
    let failed = deployment().failed(failure, now);
    assert_eq!(
        ended(&failed),
        with(
            with(facts("DEPLOY"), at.clone()),
            json!({"failure": {"error": "StackFailed", "cause": "because"}})
        )
    );
    assert_eq!(
        ended(&deployment().deleting(true).succeeded(now)),
        with(with(facts("DELETE"), at), json!({"repositoryDeleted": true}))
    );
}

#[test]
fn the_end_of_a_deployment_that_never_began_has_a_start() {
    let mut never = deployment();
    never.started_at = None;
    never.status = DeploymentStatus::Queued;
    let event = Ended::of(&pipeline(), &never.succeeded(datetime!(2026-11-22 10:01 UTC)));
    assert_eq!(event.deployment().started_at, datetime!(2026-11-22 10:00 UTC));
}

#[test]
fn ending_twice_keeps_the_first_time() {
    let first = datetime!(2026-11-22 10:01 UTC);
    let twice = deployment()
        .succeeded(first)
        .succeeded(datetime!(2026-11-22 10:02 UTC));
    assert_eq!(twice.ended_at, Some(first));
}
