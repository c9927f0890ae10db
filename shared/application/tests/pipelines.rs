//! Creating pipelines and deploying them again: what callers may rely on when calls fail, twice or half way.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use application::{
    deployments::redeploy::redeploy, environments::link::link, pipelines::create::create,
    records::idempotency::Idempotency, workflow::record_outcome::RecordOutcomeInput,
};
use domain::{
    Error, Result,
    deployment::DeploymentStatus,
    environment::Environment,
    event::Ended,
    input,
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus},
    prefix::Prefix,
};
use serde_json::{Value, json};
use support::{Machine, Records, caller, record_failure, rules};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

async fn environment(records: &Records, owner: &Caller, account: &str, team: &str) -> Environment {
    let wanted = json!({"label": "dev", "accountId": account, "region": "eu-west-1", "team": team});
    link(
        records,
        &rules(),
        owner,
        input::parse(&wanted).unwrap(),
        None,
        NOW,
    )
    .await
    .unwrap()
}

/// Records with an environment of Alice's, and a state machine.
async fn scene(machine: Machine) -> (Records, Machine, Caller, Environment) {
    let (records, alice) = (Records::default(), caller("alice", &["research"]));
    let dev = environment(&records, &alice, "222222222222", "research").await;
    (records, machine, alice, dev)
}

fn sales(environment: &Environment) -> Value {
    json!({
        "name": "sales", "team": "research", "strategy": "cdk-trunk", "cicdEnvironmentId": environment.id.as_str(),
        "stages": [{"name": "dev", "environmentId": environment.id.as_str()}],
    })
}

async fn create_with(
    records: &Records,
    caller: &Caller,
    body: &Value,
    key: Option<&str>,
) -> Result<Pipeline> {
    let request = key.map(|key| {
        Idempotency::new(
            &caller.username,
            "POST /pipelines".to_owned(),
            key.to_owned(),
            Some(body),
        )
    });
    create(
        records,
        &Prefix::default(),
        caller,
        input::parse(body)?,
        request.as_ref(),
        NOW,
    )
    .await
}

#[tokio::test]
async fn a_new_pipeline_is_recorded_with_its_first_deployment() {
    let (records, _, alice, dev) = scene(Machine::default()).await;
    let pipeline = create_with(&records, &alice, &sales(&dev), None).await.unwrap();
    assert_eq!(pipeline.status, PipelineStatus::Deploying);
    let deployments = records.state().deployments.clone();
    let [queued] = deployments.values().collect::<Vec<_>>()[..] else {
        panic!("{deployments:?}")
    };
    assert_eq!(
        (Some(&queued.id), queued.status),
        (pipeline.active_deployment.as_ref(), DeploymentStatus::Queued)
    );
    assert_eq!(
        records.state().pipelines.values().collect::<Vec<_>>(),
        [&pipeline]
    );
}

#[tokio::test]
async fn the_same_key_gives_the_same_pipeline_even_if_the_first_answer_was_lost() {
    let (records, _, alice, dev) = scene(Machine::default()).await;
    let body = sales(&dev);
    records.state().lose_next_answer = true;
    let first = create_with(&records, &alice, &body, Some("k1")).await.unwrap();
    let second = create_with(&records, &alice, &body, Some("k1")).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(records.state().pipelines.len(), 1);
}

#[tokio::test]
async fn a_key_with_another_body_is_refused_and_is_nobody_elses() {
    let (records, _, alice, dev) = scene(Machine::default()).await;
    let mut body = sales(&dev);
    create_with(&records, &alice, &body, Some("k1")).await.unwrap();
    let carol = caller("carol", &["research"]);
    create_with(&records, &carol, &body, Some("k1")).await.unwrap();
    body["name"] = json!("other");
    let error = create_with(&records, &alice, &body, Some("k1"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::IdempotencyKeyReused));
    assert_eq!(records.state().pipelines.len(), 2);
}

#[tokio::test]
async fn every_environment_that_the_caller_may_not_use_is_named() {
    let records = Records::default();
    let (alice, bob) = (caller("alice", &["research"]), caller("bob", &["marketing"]));
    let dev = environment(&records, &alice, "222222222222", "research").await;
    let mut body = sales(&dev);
    body["team"] = json!("marketing");
    let Err(Error::Invalid(problems)) = create_with(&records, &bob, &body, None).await else {
        panic!()
    };
    let pointers: Vec<_> = problems
        .as_slice()
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect();
    assert_eq!(pointers, ["/stages/0/environmentId", "/cicdEnvironmentId"]);
    assert!(records.state().pipelines.is_empty());
}

#[tokio::test]
async fn nobody_creates_for_a_team_that_is_not_theirs_but_admins() {
    let records = Records::default();
    let alice = caller("alice", &["research", "platform-admins"]);
    let dev = environment(&records, &alice, "222222222222", "research").await;
    let bob = caller("bob", &["marketing"]);
    let refused = create_with(&records, &bob, &sales(&dev), None).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)));
    create_with(&records, &alice, &sales(&dev), None).await.unwrap();
}

#[tokio::test]
async fn a_deployment_under_way_is_the_answer_to_another_redeployment() {
    let (records, machine, alice, dev) = scene(Machine::default()).await;
    let pipeline = create_with(&records, &alice, &sales(&dev), None).await.unwrap();
    let present = redeploy(&records, &machine, &alice, &pipeline.id, None, NOW)
        .await
        .unwrap();
    assert_eq!(Some(present.id), pipeline.active_deployment);
    assert_eq!(records.state().deployments.len(), 1);
}

#[tokio::test]
async fn a_run_that_died_gives_its_place_up() {
    let (records, machine, alice, dev) = scene(Machine { dead: true }).await;
    let pipeline = create_with(&records, &alice, &sales(&dev), None).await.unwrap();
    let later = NOW + Duration::minutes(2);
    let next = redeploy(&records, &machine, &alice, &pipeline.id, None, later)
        .await
        .unwrap();
    assert_ne!(Some(&next.id), pipeline.active_deployment.as_ref());
    assert_eq!(
        records.state().pipelines[pipeline.id.as_str()].active_deployment,
        Some(next.id)
    );
}

#[tokio::test]
async fn what_others_may_not_see_does_not_exist_for_them() {
    let (records, machine, alice, dev) = scene(Machine::default()).await;
    let pipeline = create_with(&records, &alice, &sales(&dev), None).await.unwrap();
    let bob = caller("bob", &["marketing"]);
    let error = redeploy(&records, &machine, &bob, &pipeline.id, None, NOW)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "pipeline", .. }));
}

#[tokio::test]
async fn an_ending_that_comes_twice_or_late_changes_nothing() {
    let (records, machine, alice, dev) = scene(Machine::default()).await;
    let pipeline = create_with(&records, &alice, &sales(&dev), None).await.unwrap();
    let ending = || -> RecordOutcomeInput {
        serde_json::from_value(json!({"executionArn": "arn:e", "state": {
            "pipelineId": pipeline.id.as_str(), "deploymentId": pipeline.active_deployment.as_ref().unwrap().as_str(),
            "failure": {"Error": "StackFailed", "Cause": "{\"errorMessage\": \"no\"}"},
        }}))
        .unwrap()
    };
    let recorded = record_failure(&records, ending(), NOW).await.unwrap();
    assert_eq!(
        (recorded.error.as_deref(), recorded.cause.as_deref()),
        (Some("StackFailed"), Some("no"))
    );
    let Ended::Failed(event) = &recorded.event else {
        panic!("{:?}", recorded.event);
    };
    assert_eq!(event.failure.error, "StackFailed");
    assert_eq!(event.deployment.execution_arn, "arn:e");
    let after_first = records.state().pipelines[pipeline.id.as_str()].clone();
    assert_eq!(after_first.status, PipelineStatus::Failed);
    let next = redeploy(&records, &machine, &alice, &pipeline.id, None, NOW)
        .await
        .unwrap();
    assert_eq!(next.status, DeploymentStatus::Queued);
    let later = NOW + Duration::hours(1);
    let again = record_failure(&records, ending(), later).await.unwrap();
    assert_eq!(again, recorded, "what is announced does not change");
    assert_eq!(
        records.state().pipelines[pipeline.id.as_str()].active_deployment,
        Some(next.id)
    );
}

#[tokio::test]
async fn a_pipeline_whose_template_cloudformation_would_refuse_is_refused_at_once() {
    let (records, _, alice, dev) = scene(Machine::default()).await;
    let mut body = sales(&dev);
    body["strategy"] = json!("gitflow");
    let stages: Vec<Value> = (0..20)
        .map(|number| json!({"name": format!("stage-{number}"), "environmentId": dev.id}))
        .collect();
    body["stages"] = json!(stages);
    let tags = |length: usize| -> Value {
        let tag = |number: usize| (format!("{number:03}").repeat(20), json!("v".repeat(length)));
        Value::Object((0..40).map(tag).collect())
    };
    body["tags"] = tags(10);
    create_with(&records, &alice, &body, None).await.unwrap();
    body["tags"] = tags(256);
    let Err(Error::Invalid(problems)) = create_with(&records, &alice, &body, None).await else {
        panic!("it is accepted")
    };
    assert_eq!(problems.as_slice()[0].pointer.as_str(), "/stages");
    assert_eq!(records.state().pipelines.len(), 1);
}
