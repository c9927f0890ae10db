//! What CodePipeline's answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::{
    pipelines::live_stages::{FindStates, FoundRun, RunCommit, StageState, Status},
    workflow::{
        running::{FindRunning as _, RunningAction},
        start_pipelines::StartCodePipelines as _,
    },
};
use aws_clients::replay::Replay;
use codepipeline::CodePipelines;
use domain::Result;
use serde_json::{Value, json};
use sts::replay::{answering, session};
use time::macros::datetime;

async fn state(answer: (u16, String)) -> Result<Option<Vec<StageState>>> {
    let (replay, pipelines) = answering([answer], CodePipelines::new);
    let state = pipelines.state(&session(), "dataall-sales-k3j9x0ab").await;
    let sent: Value = serde_json::from_str(&replay.sent().last().unwrap().body).unwrap();
    assert_eq!(sent, json!({"name": "dataall-sales-k3j9x0ab"}));
    state
}

fn given(answer: &Value) -> (u16, String) {
    (200, answer.to_string())
}

fn stage(status: &str, action: &Value) -> Value {
    json!({"stageName": "Approve-prod", "actionStates": [{"actionName": "Approve", "latestExecution": action}],
        "latestExecution": {"pipelineExecutionId": "e-1", "status": status}})
}

#[tokio::test]
async fn a_pipeline_that_is_not_there_is_no_error() {
    let missing = Replay::json_error(400, "PipelineNotFoundException");
    assert_eq!(state(missing).await.unwrap(), None);
    let denied = Replay::json_error(400, "AccessDeniedException");
    assert_eq!(state(denied).await.unwrap_err().name(), "AccessDenied");
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
        let states = state(given(&answer)).await.unwrap().unwrap();
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
        let states = state(given(&answer)).await.unwrap().unwrap();
        assert_eq!(states[0].status, Some(meaning), "{status}");
        assert_eq!(states[0].execution_id.as_deref(), Some("e-1"));
    }
    let untouched =
        json!({"stageStates": [{"stageName": "Deploy-prod", "actionStates": [{"actionName": "Deploy"}]}]});
    assert_eq!(state(given(&untouched)).await.unwrap().unwrap()[0].status, None);
}

#[tokio::test]
async fn who_waits_before_a_stage_is_told() {
    let mut waiting = stage("Succeeded", &json!({"status": "Succeeded"}));
    waiting["inboundExecutions"] = json!([{"pipelineExecutionId": "e-2", "status": "InProgress"}]);
    let states = state(given(&json!({"stageStates": [waiting]}))).await;
    assert_eq!(states.unwrap().unwrap()[0].inbound, ["e-2"]);
}

#[tokio::test]
async fn what_closed_the_way_into_a_stage_is_told() {
    let closed = json!({"enabled": false, "disabledReason": "enough", "lastChangedAt": 1_795_000_000, "lastChangedBy": "arn:by"});
    for (transition, expected) in [
        (closed, Some(("enough", "arn:by"))),
        (json!({"enabled": true}), None),
    ] {
        let mut found = stage("Succeeded", &json!({"status": "Succeeded"}));
        found["inboundTransitionState"] = transition;
        let states = state(given(&json!({"stageStates": [found]})))
            .await
            .unwrap()
            .unwrap();
        let closed = states[0].closed.as_ref();
        let told = closed.map(|closed| (closed.reason.as_str(), closed.by.as_deref().unwrap()));
        assert_eq!(told, expected);
        assert_eq!(closed.is_some(), closed.and_then(|closed| closed.since).is_some());
    }
}

/// A run as `ListPipelineExecutions` tells of it.
fn summary(id: &str, revisions: &Value) -> Value {
    json!({"pipelineExecutionId": id, "status": "InProgress", "startTime": 1_795_000_000.684, "sourceRevisions": revisions})
}

fn body(replay: &Replay) -> Value {
    serde_json::from_str(&replay.sent().last().unwrap().body).unwrap()
}

#[tokio::test]
async fn runs_tell_their_commits() {
    let revision =
        json!([{"actionName": "Source", "revisionId": "c0ffee", "revisionSummary": "Add a table"}]);
    let answer =
        json!({"pipelineExecutionSummaries": [summary("e-2", &json!([])), summary("e-1", &revision)]});
    let (replay, pipelines) = answering([given(&answer)], CodePipelines::new);
    let runs = pipelines.latest_runs(&session(), "p").await.unwrap();
    let found = |id: &str, commit| FoundRun {
        id: id.to_owned(),
        started_at: Some(datetime!(2026-11-18 11:06:40.684 UTC)),
        commit,
    };
    let commit = RunCommit {
        commit_id: Some("c0ffee".to_owned()),
        message: Some("Add a table".to_owned()),
    };
    assert_eq!(runs, [found("e-2", RunCommit::default()), found("e-1", commit)]);
    assert_eq!(body(&replay), json!({"pipelineName": "p", "maxResults": 100}));
}

#[tokio::test]
async fn the_last_run_through_a_stage_is_asked_for_by_the_stage() {
    let missing = Replay::json_error(400, "PipelineNotFoundException");
    for (answer, expected) in [
        (
            given(&json!({"pipelineExecutionSummaries": [summary("e-1", &json!([]))]})),
            Some("e-1"),
        ),
        (given(&json!({"pipelineExecutionSummaries": []})), None),
        (missing, None),
    ] {
        let (replay, pipelines) = answering([answer], CodePipelines::new);
        let run = pipelines.last_run_through(&session(), "p", "Deploy-prod").await;
        assert_eq!(run.unwrap().map(|run| run.id).as_deref(), expected);
        let filter = json!({"succeededInStage": {"stageName": "Deploy-prod"}});
        assert_eq!(
            body(&replay),
            json!({"pipelineName": "p", "maxResults": 1, "filter": filter})
        );
    }
}

#[tokio::test]
async fn a_run_left_a_stage_when_the_last_action_there_changed_last() {
    let action =
        |stage: &str, seconds: i64| json!({"stageName": stage, "actionName": "a", "lastUpdateTime": seconds});
    let pages = [
        json!({"actionExecutionDetails": [action("Deploy-prod", 10), action("Later", 99)], "nextToken": "more"}),
        json!({"actionExecutionDetails": [action("Deploy-prod", 20), action("Source", 1)]}),
    ];
    let (replay, pipelines) = answering(pages.each_ref().map(given), CodePipelines::new);
    let left = pipelines.left_at(&session(), "p", "e-1", "Deploy-prod").await;
    assert_eq!(left.unwrap().unwrap().unix_timestamp(), 20);
    let filter = json!({"pipelineExecutionId": "e-1"});
    assert_eq!(
        body(&replay),
        json!({"pipelineName": "p", "filter": filter, "nextToken": "more"})
    );
    let (_, pipelines) = answering([given(&pages[1])], CodePipelines::new);
    let never = pipelines.left_at(&session(), "p", "e-1", "Deploy-dev").await;
    assert_eq!(never.unwrap(), None);
}

async fn under_way(answer: (u16, String)) -> Result<Option<RunningAction>> {
    let (replay, pipelines) = answering([answer], CodePipelines::new);
    let found = pipelines.under_way(&session(), "dataall-sales-k3j9x0ab").await;
    assert_eq!(replay.sent().len(), 2, "the session's and one more");
    found
}

#[tokio::test]
async fn what_is_at_work_is_told_and_an_approval_is_not() {
    for action in [
        json!({"status": "InProgress", "token": "t"}),
        json!({"status": "Succeeded"}),
        json!({"status": "Failed"}),
        json!({"status": "Abandoned"}),
        Value::Null,
    ] {
        let answer = json!({"stageStates": [stage("InProgress", &action)]});
        assert_eq!(under_way(given(&answer)).await.unwrap(), None, "{action}");
    }
    // While an execution is being stopped its actions go on.
    for status in ["InProgress", "Stopping"] {
        let done = stage("Succeeded", &json!({"status": "Succeeded"}));
        let parallel = json!({"stageName": "Deploy-prod", "latestExecution": {"pipelineExecutionId": "e-2", "status": status},
        "actionStates": [
            {"actionName": "Prepare", "latestExecution": {"status": "Succeeded"}},
            {"actionName": "Deploy", "latestExecution": {"status": "InProgress"}},
        ]});
        let found = under_way(given(&json!({"stageStates": [done, parallel]}))).await;
        let deploying = RunningAction {
            run: "e-2".to_owned(),
            stage: "Deploy-prod".to_owned(),
            action: "Deploy".to_owned(),
        };
        assert_eq!(found.unwrap(), Some(deploying), "{status}");
    }
    let missing = Replay::json_error(400, "PipelineNotFoundException");
    assert_eq!(under_way(missing).await.unwrap(), None);
    let denied = Replay::json_error(400, "AccessDeniedException");
    assert_eq!(under_way(denied).await.unwrap_err().name(), "AccessDenied");
}

#[tokio::test]
async fn a_pipeline_says_when_it_was_created() {
    let created = async |answer| {
        let (_, pipelines) = answering([answer], CodePipelines::new);
        pipelines
            .created_at(&session(), "dataall-sales-k3j9x0ab")
            .await
            .unwrap()
    };
    let at = created(given(
        &json!({"created": 1_795_000_000.684, "updated": 1_796_000_000.0}),
    ))
    .await;
    assert_eq!(at.unwrap().unix_timestamp_nanos(), 1_795_000_000_684_000_000);
    let missing = Replay::json_error(400, "PipelineNotFoundException");
    assert_eq!(created(missing).await, None);
}
