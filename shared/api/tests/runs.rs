//! What is asked about runs and answered.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use api::{Request, pipelines::PipelineView, runs::ApprovalView};
use application::runs::{approve::AnswerApproval, list::RunsPosition, start::StartRun, stop::StopRun};
use domain::{
    Error, Problem, Result, approval::Decision, input::FromInput, permissions::Caller, prefix::Prefix,
};
use serde_json::{Value, json};

fn request(body: Option<&Value>) -> Request {
    let event = json!({
        "resource": "/pipelines/{pipelineId}/runs", "path": "/pipelines/k3j9x0ab/runs", "httpMethod": "POST", "headers": {},
        "body": body.map(ToString::to_string),
        "requestContext": {
            "requestId": "r-1", "httpMethod": "POST",
        },
    });
    support::request_of(event, "alice", &["research"])
}

/// Where something is wrong with a body.
fn wrong<T: FromInput>(body: &Value) -> Vec<String> {
    let read: Result<T> = request(Some(body)).body();
    let Err(Error::Invalid(problems)) = read else {
        return Vec::new();
    };
    let pointer = |problem: &Problem| problem.pointer.as_str().to_owned();
    problems.as_slice().iter().map(pointer).collect()
}

#[test]
fn an_answer_says_what_is_decided_and_may_say_more() {
    let run = "00000000-0000-4000-8000-000000000001";
    let full = json!({"decision": "REJECTED", "comment": "not on a Friday", "runId": run});
    let answer: AnswerApproval = request(Some(&full)).body().unwrap();
    assert_eq!(
        (answer.decision, answer.comment.as_str()),
        (Decision::Rejected, "not on a Friday")
    );
    assert_eq!(answer.run_id.unwrap().as_str(), run);
    assert_eq!(wrong::<AnswerApproval>(&json!({"decision": "APPROVED"})), [""; 0]);
    for (body, pointers) in [
        (json!({}), vec!["/decision"]),
        (
            json!({"decision": "approved", "comment": "x".repeat(351), "runId": "1", "x": 1}),
            vec!["/decision", "/comment", "/runId", "/x"],
        ),
        (
            json!({"decision": 1, "comment": "\u{1b}"}),
            vec!["/decision", "/comment"],
        ),
    ] {
        assert_eq!(wrong::<AnswerApproval>(&body), pointers, "{body}");
    }
}

#[test]
fn a_run_is_started_with_a_body_or_without() {
    let none: Option<StartRun> = request(None).optional_body().unwrap();
    assert!(none.is_none());
    let empty: Option<StartRun> = request(Some(&json!({}))).optional_body().unwrap();
    assert!(empty.unwrap().stage.is_none());
    let staged: Option<StartRun> = request(Some(&json!({"stage": "dev"}))).optional_body().unwrap();
    assert_eq!(staged.unwrap().stage.unwrap().as_str(), "dev");
    assert_eq!(
        wrong::<StartRun>(&json!({"stage": "-", "x": 1})),
        ["/stage", "/x"]
    );
}

#[test]
fn a_run_is_stopped_for_a_reason() {
    assert_eq!(wrong::<StopRun>(&json!({"reason": "not now"})), [""; 0]);
    for body in [
        json!({}),
        json!({"reason": ""}),
        json!({"reason": "x".repeat(201)}),
        json!({"reason": "a\nb"}),
    ] {
        assert_eq!(wrong::<StopRun>(&body), ["/reason"], "{body}");
    }
}

#[test]
fn what_is_answered_is_told_without_the_machinery_of_the_record() {
    let approval = serde_json::from_value::<domain::approval::Approval>(json!({
        "pipelineId": "k3j9x0ab", "stage": "prod", "codePipeline": "x", "stageName": "Approve-prod", "actionName": "Approve",
        "runId": "00000000-0000-4000-8000-000000000001", "commitId": "c1", "decision": "APPROVED", "comment": "", "by": "olga",
        "at": "2026-11-24T12:00:00Z", "status": "GIVEN", "attempt": 1,
    }));
    let view = serde_json::to_value(ApprovalView::from(approval.unwrap())).unwrap();
    assert_eq!(
        view,
        json!({"stage": "prod", "decision": "APPROVED", "comment": "", "by": "olga", "at": "2026-11-24T12:00:00Z",
            "runId": "00000000-0000-4000-8000-000000000001", "commitId": "c1"})
    );
}

#[test]
fn a_place_among_runs_survives_its_way_through_a_client() {
    let json = r#"{"b":1795000000000,"t":["r"],"p":{"dataall-sales-k3j9x0ab":"next"}}"#;
    let position: RunsPosition = serde_json::from_str(json).unwrap();
    let token = position.token();
    assert_eq!(RunsPosition::parse(&token).unwrap(), position);
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
}

#[test]
fn who_only_owns_a_stage_reads_nothing_of_the_repository() {
    let at = "2026-11-22T10:00:00Z";
    let pipeline = serde_json::from_value(json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
        "cicdTeam": "research", "strategy": "trunk", "stages": [], "stageTeams": ["ops"], "status": "DEPLOYED", "revision": 3, "owner": "alice",
        "createdAt": at, "updatedAt": at,
    }))
    .unwrap();
    let seen_by = |team: &str| {
        let caller = Caller {
            username: "somebody".parse().unwrap(),
            teams: [team.parse().unwrap()].into(),
            request_id: None,
        };
        json!(PipelineView::of(&Prefix::default(), &pipeline, &caller))
    };
    let (whole, without) = (seen_by("research"), seen_by("ops"));
    let missing: Vec<&String> = whole
        .as_object()
        .unwrap()
        .keys()
        .filter(|key| without.get(key.as_str()).is_none())
        .collect();
    assert_eq!(missing, ["repositoryName", "cloneUrl", "cloneCommand"]);
    assert!(whole["repositoryName"].is_string());
}
