//! What Step Functions is asked about redeployments, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::redeployments::{
    RedeploymentInput, RedeploymentWorkflow,
    cancel::StopExecutions,
    get::{ExecutionState, PipelineCounts, RedeploymentExecutions},
};
use aws_clients::replay::Replay;
use domain::{
    Error,
    deployment::Failure,
    ids::RedeploymentId,
    redeployment::{Cancellation, Cause, Target},
    team::Username,
};
use serde_json::{Value, json};
use step_functions::RedeploymentMachine;
use time::OffsetDateTime;

const MACHINE: &str =
    "arn:aws:states:eu-west-1:000000000000:stateMachine:dataall-platform-redeploy-pipelines";
const EXECUTION: &str = "arn:aws:states:eu-west-1:000000000000:execution:dataall-platform-redeploy-pipelines:\
                         6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b";

fn id() -> RedeploymentId {
    RedeploymentId::parse("6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b").unwrap()
}

fn answering(answers: impl IntoIterator<Item = (u16, Value)>) -> (Replay, RedeploymentMachine) {
    let replay = Replay::new(
        answers
            .into_iter()
            .map(|(status, body)| (status, body.to_string())),
    );
    let machine = RedeploymentMachine::from_config(&replay.config(), MACHINE.to_owned());
    (replay, machine)
}

/// What was asked: the operations and their inputs.
fn asked(replay: &Replay) -> Vec<(String, Value)> {
    replay
        .sent()
        .iter()
        .map(|sent| {
            let target = sent.headers.iter().find(|(name, _)| name == "x-amz-target");
            let (_, operation) = target.unwrap().1.split_once('.').unwrap();
            (operation.to_owned(), serde_json::from_str(&sent.body).unwrap())
        })
        .collect()
}

fn refused(code: &str) -> (u16, Value) {
    (400, json!({"__type": code, "message": "no"}))
}

fn input() -> RedeploymentInput {
    RedeploymentInput {
        redeployment_id: id(),
        target: Target::All,
        cause: Cause::Scheduled,
        requested_by: Username::parse("event:aws.events").unwrap(),
        requested_at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn cancellation() -> Cancellation {
    Cancellation {
        by: Username::parse("alice").unwrap(),
        at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn execution(status: &str, more: &Value) -> (u16, Value) {
    let mut answer = json!({
        "executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": id().as_str(), "status": status,
        "startDate": 1_763_800_000.0, "input": "{}",
    });
    for (key, value) in more.as_object().unwrap() {
        answer[key] = value.clone();
    }
    (200, answer)
}

fn map_runs(starts: &[(&str, u32)], next: Option<&str>) -> (u16, Value) {
    let runs: Vec<Value> = starts
        .iter()
        .map(|(name, start)| {
            json!({"executionArn": EXECUTION, "mapRunArn": name, "stateMachineArn": MACHINE, "startDate": start})
        })
        .collect();
    let mut answer = json!({ "mapRuns": runs });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    (200, answer)
}

fn map_run(items: &Value) -> (u16, Value) {
    let mut counts = json!({
        "pending": 0, "running": 0, "succeeded": 0, "failed": 0, "timedOut": 0, "aborted": 0, "total": 0,
        "resultsWritten": 0,
    });
    for (key, value) in items.as_object().unwrap() {
        counts[key] = value.clone();
    }
    let answer = json!({
        "mapRunArn": "run", "executionArn": EXECUTION, "status": "RUNNING", "startDate": 1, "maxConcurrency": 50,
        "toleratedFailurePercentage": 100.0, "toleratedFailureCount": 0, "itemCounts": counts, "executionCounts": counts,
    });
    (200, answer)
}

#[tokio::test]
async fn an_execution_has_its_redeployments_id_for_a_name() {
    let (replay, machine) = answering([(200, json!({"executionArn": EXECUTION, "startDate": 1}))]);
    machine.start(&input()).await.unwrap();
    let asked = asked(&replay);
    let (operation, request) = &asked[0];
    assert_eq!(operation, "StartExecution");
    assert_eq!(request["stateMachineArn"], MACHINE);
    assert_eq!(request["name"], id().as_str());
    let sent: Value = serde_json::from_str(request["input"].as_str().unwrap()).unwrap();
    let wanted = json!({
        "redeploymentId": id().as_str(), "target": {"all": true}, "cause": {"kind": "SCHEDULED"},
        "requestedBy": "event:aws.events", "requestedAt": "1970-01-01T00:00:00Z",
    });
    assert_eq!(sent, wanted);
    assert_eq!(machine.arn(&id()), EXECUTION);
}

#[tokio::test]
async fn what_was_started_before_is_started() {
    let (_, machine) = answering([refused("ExecutionAlreadyExists")]);
    machine.start(&input()).await.unwrap();
}

#[tokio::test]
async fn a_start_that_is_throttled_may_be_tried_again() {
    let (_, machine) = answering([refused("ThrottlingException"), refused("ExecutionLimitExceeded")]);
    let error = machine.start(&input()).await.unwrap_err();
    assert!(
        matches!(error, Error::Throttled { .. }) && error.retryable(),
        "{error:?}"
    );
    let error = machine.start(&input()).await.unwrap_err();
    assert_eq!(error.name(), "Throttled", "{error:?}");
}

#[tokio::test]
async fn pipelines_are_counted_in_the_newest_map_run() {
    let (replay, machine) = answering([
        execution("RUNNING", &json!({})),
        map_runs(&[("second", 20)], Some("more")),
        map_runs(&[("third", 30), ("first", 10)], None),
        map_run(
            &json!({"pending": 1, "running": 2, "succeeded": 4, "failed": 8, "timedOut": 16, "aborted": 32, "total": 63}),
        ),
    ]);
    let execution = machine.execution(&id()).await.unwrap().unwrap();
    assert_eq!(execution.state, ExecutionState::Running);
    assert_eq!(execution.started_at.unix_timestamp(), 1_763_800_000);
    assert_eq!((execution.arn.as_str(), execution.ended_at), (EXECUTION, None));
    let counts = PipelineCounts {
        total: 63,
        succeeded: 4,
        failed: 24,
        aborted: 32,
    };
    assert_eq!(execution.pipelines, Some(counts));
    let asked = asked(&replay);
    let operations: Vec<&str> = asked.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(
        operations,
        [
            "DescribeExecution",
            "ListMapRuns",
            "ListMapRuns",
            "DescribeMapRun"
        ]
    );
    assert_eq!(asked[0].1["executionArn"], EXECUTION);
    assert_eq!(asked[1].1["executionArn"], EXECUTION);
    assert_eq!(asked[3].1["mapRunArn"], "third");
}

#[tokio::test]
async fn before_pipelines_are_selected_there_is_nothing_to_count() {
    let (_, machine) = answering([execution("RUNNING", &json!({})), map_runs(&[], None)]);
    let execution = machine.execution(&id()).await.unwrap().unwrap();
    assert_eq!(execution.pipelines, None);
}

#[tokio::test]
async fn every_end_is_told() {
    let failed = json!({"stopDate": 1_763_800_001.5, "error": "Internal", "cause": "the platform failed"});
    for (status, more, state) in [
        (
            "SUCCEEDED",
            json!({"stopDate": 1_763_800_001.5}),
            ExecutionState::Succeeded,
        ),
        (
            "ABORTED",
            json!({"stopDate": 1_763_800_001.5}),
            ExecutionState::Stopped,
        ),
        (
            "FAILED",
            failed,
            ExecutionState::Failed(Failure {
                error: "Internal".to_owned(),
                cause: "the platform failed. Ask for the redeployment again".to_owned(),
            }),
        ),
        (
            "FAILED",
            json!({"stopDate": 1_763_800_001.5, "error": "Runtime.ExitError", "cause": "{\"errorMessage\": \"Runtime exited.\"}"}),
            ExecutionState::Failed(Failure {
                error: "Runtime.ExitError".to_owned(),
                cause: "Runtime exited. Ask for the redeployment again".to_owned(),
            }),
        ),
    ] {
        let (_, machine) = answering([execution(status, &more), map_runs(&[], None)]);
        let execution = machine.execution(&id()).await.unwrap().unwrap();
        assert_eq!(execution.state, state);
        let ended_at = execution.ended_at.unwrap();
        assert_eq!(
            ended_at.unix_timestamp_nanos(),
            1_763_800_001_500_000_000,
            "{status}"
        );
    }
    let (_, machine) = answering([
        execution("TIMED_OUT", &json!({"stopDate": 1_763_800_001})),
        map_runs(&[], None),
    ]);
    let execution = machine.execution(&id()).await.unwrap().unwrap();
    assert!(matches!(execution.state, ExecutionState::Failed(failure) if failure.error == "States.Timeout"));
}

#[tokio::test]
async fn what_never_began_is_neither_there_nor_in_need_of_a_stop() {
    let (replay, machine) = answering([refused("ExecutionDoesNotExist"), refused("ExecutionDoesNotExist")]);
    assert_eq!(machine.execution(&id()).await.unwrap(), None);
    machine.stop(&id(), &cancellation()).await.unwrap();
    let operations: Vec<String> = asked(&replay)
        .into_iter()
        .map(|(operation, _)| operation)
        .collect();
    assert_eq!(operations, ["DescribeExecution", "StopExecution"]);
}

#[tokio::test]
async fn a_stop_says_who_cancelled() {
    let (replay, machine) = answering([(200, json!({"stopDate": 1}))]);
    machine.stop(&id(), &cancellation()).await.unwrap();
    let wanted = json!({"executionArn": EXECUTION, "error": "Cancelled", "cause": "cancelled by alice"});
    assert_eq!(asked(&replay), [("StopExecution".to_owned(), wanted)]);
}

#[tokio::test]
async fn answers_that_are_lost_are_told() {
    let (_, machine) = answering([]);
    let unavailable = |error: &Error| matches!(error, Error::ServiceUnavailable { .. });
    assert!(unavailable(&machine.start(&input()).await.unwrap_err()));
    assert!(unavailable(&machine.execution(&id()).await.unwrap_err()));
    assert!(unavailable(
        &machine.stop(&id(), &cancellation()).await.unwrap_err()
    ));
}
