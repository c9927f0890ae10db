//! What CodePipeline is asked about runs, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::runs::{
    ActionStatus, FindRun as _,
    approve::{AnswerApprovals as _, Question},
    list::{FoundRuns, ListRuns as _},
    retry::RetryStages as _,
    start::StartRuns as _,
    stop::StopRuns as _,
};
use aws_clients::replay::Replay;
use codepipeline::CodePipelines;
use domain::{Result, approval::Decision, delivery::RunStatus, ids::RunId};
use serde_json::{Value, json};
use sts::replay::{answering, session};

const NAME: &str = "dataall-sales-k3j9x0ab";
const RUN: &str = "00000000-0000-4000-8000-000000000001";

fn run() -> RunId {
    RunId::parse(RUN).unwrap()
}

fn given(answer: &Value) -> (u16, String) {
    (200, answer.to_string())
}

/// What `act` sends with these answers, the bodies by operation, and what comes of it.
async fn asked<T>(
    answers: impl IntoIterator<Item = (u16, String)>,
    act: impl AsyncFnOnce(CodePipelines) -> T,
) -> (Vec<(String, Value)>, T) {
    let (replay, pipelines) = answering(answers, CodePipelines::new);
    let came = act(pipelines).await;
    let sent = replay.sent()[1..]
        .iter()
        .map(|sent| {
            let (_, target) = sent
                .headers
                .iter()
                .find(|(name, _)| name == "x-amz-target")
                .unwrap();
            let operation = target.rsplit('.').next().unwrap().to_owned();
            (operation, serde_json::from_str(&sent.body).unwrap())
        })
        .collect();
    (sent, came)
}

async fn page(answer: (u16, String), token: Option<&str>) -> (Vec<(String, Value)>, Result<FoundRuns>) {
    asked([answer], async |pipelines| {
        pipelines.page(&session(), NAME, 21, token).await
    })
    .await
}

#[tokio::test]
async fn a_page_of_runs_says_what_codepipeline_does() {
    let summary = json!({
        "pipelineExecutionId": RUN, "status": "Stopped", "statusSummary": "enough", "startTime": 1_795_000_000.25,
        "lastUpdateTime": 1_795_000_010, "stopTrigger": {"reason": "not now"},
        "sourceRevisions": [{"actionName": "Source", "revisionId": "c1", "revisionSummary": "Add"}],
        "trigger": {"triggerType": "CloudWatchEvent", "triggerDetail": "arn:rule"},
    });
    let answer = json!({"pipelineExecutionSummaries": [summary], "nextToken": "n"});
    let (sent, found) = page(given(&answer), Some("t")).await;
    let expected = json!({"pipelineName": NAME, "maxResults": 21, "nextToken": "t"});
    assert_eq!(sent, [("ListPipelineExecutions".to_owned(), expected)]);
    let found = found.unwrap();
    assert_eq!(found.next.as_deref(), Some("n"));
    let run = &found.runs[0];
    assert_eq!((run.id.as_str(), run.status), (RUN, RunStatus::Stopped));
    assert_eq!(
        (run.detail.as_deref(), run.stop_reason.as_deref()),
        (Some("enough"), Some("not now"))
    );
    assert_eq!(
        (run.commit_id.as_deref(), run.commit_message.as_deref()),
        (Some("c1"), Some("Add"))
    );
    assert_eq!(
        (run.trigger.kind.as_str(), run.trigger.detail.as_str()),
        ("CloudWatchEvent", "arn:rule")
    );
    assert_eq!(
        run.started_at.unwrap().unix_timestamp_nanos(),
        1_795_000_000_250_000_000
    );
}

#[tokio::test]
async fn the_list_tells_why_a_run_was_stopped() {
    let stopped = |id: &str, reason: &str| json!({"pipelineExecutionId": id, "status": "Stopped", "stopTrigger": {"reason": reason}});
    let answer =
        json!({"pipelineExecutionSummaries": [stopped("another", "enough"), stopped(RUN, "not now")]});
    let (_, reason) = asked([given(&answer)], async |pipelines| {
        pipelines.stop_reason(&session(), NAME, &run()).await
    })
    .await;
    assert_eq!(reason.unwrap().as_deref(), Some("not now"));
}

#[tokio::test]
async fn every_status_of_a_run_has_its_meaning() {
    for (status, meaning) in [
        ("InProgress", RunStatus::InProgress),
        ("Stopping", RunStatus::Stopping),
        ("Stopped", RunStatus::Stopped),
        ("Succeeded", RunStatus::Succeeded),
        ("Superseded", RunStatus::Superseded),
        ("Cancelled", RunStatus::Cancelled),
        ("Failed", RunStatus::Failed),
        ("SomethingNew", RunStatus::InProgress),
    ] {
        let answer = json!({"pipelineExecutionSummaries": [{"pipelineExecutionId": RUN, "status": status}]});
        let (_, found) = page(given(&answer), None).await;
        assert_eq!(found.unwrap().runs[0].status, meaning, "{status}");
    }
}

#[tokio::test]
async fn a_list_that_is_not_there_is_empty_and_a_forged_token_bad_input() {
    let (_, none) = page(Replay::json_error(400, "PipelineNotFoundException"), None).await;
    assert_eq!(none.unwrap(), FoundRuns::default());
    for (code, token, name) in [
        ("InvalidNextTokenException", Some("t"), "Invalid"),
        ("ValidationException", Some("t"), "Invalid"),
        ("ValidationException", None, "Refused"),
        ("AccessDeniedException", Some("t"), "AccessDenied"),
        ("ThrottlingException", Some("t"), "Throttled"),
    ] {
        let (_, found) = page(Replay::json_error(400, code), token).await;
        assert_eq!(found.unwrap_err().name(), name, "{code}");
    }
}

#[tokio::test]
async fn a_run_of_another_code_pipeline_is_no_error() {
    for code in ["PipelineExecutionNotFoundException", "PipelineNotFoundException"] {
        let (sent, found) = asked([Replay::json_error(400, code)], async |pipelines| {
            pipelines.run(&session(), NAME, &run()).await
        })
        .await;
        assert_eq!(found.unwrap(), None);
        let expected = json!({"pipelineName": NAME, "pipelineExecutionId": RUN});
        assert_eq!(sent, [("GetPipelineExecution".to_owned(), expected)]);
    }
    let execution = json!({"pipelineExecution": {"pipelineExecutionId": RUN, "status": "Failed",
        "artifactRevisions": [{"name": "Source", "revisionId": "c1", "revisionSummary": "Add"}]}});
    let (_, found) = asked([given(&execution)], async |pipelines| {
        pipelines.run(&session(), NAME, &run()).await
    })
    .await;
    let found = found.unwrap().unwrap();
    assert_eq!(
        (found.status, found.commit_id.as_deref()),
        (RunStatus::Failed, Some("c1"))
    );
}

#[tokio::test]
async fn the_tries_of_a_run_are_read_page_by_page() {
    let action = |category: &str, provider: &str, status: &str, result: Value| {
        json!({"stageName": "Deploy-dev", "actionName": "Deploy", "status": status, "startTime": 1_795_000_000,
            "input": {"actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"}},
            "output": {"executionResult": result}})
    };
    let failed = json!({"externalExecutionId": "p:b-1", "externalExecutionUrl": "https://x", "externalExecutionSummary": "s",
        "errorDetails": {"code": "JobFailed", "message": "no"}});
    let pages = [
        json!({"actionExecutionDetails": [action("Build", "CodeBuild", "Failed", failed)], "nextToken": "n"}),
        json!({"actionExecutionDetails": [
            action("Build", "CodeBuild", "InProgress", json!({})),
            action("Approval", "Manual", "InProgress", json!({})),
            action("Approval", "Manual", "Succeeded", json!({})),
            action("Build", "CodeBuild", "Abandoned", json!({})),
        ]}),
    ];
    let (sent, found) = asked(pages.iter().map(given), async |pipelines| {
        pipelines.actions(&session(), NAME, &run()).await
    })
    .await;
    let filter = json!({"pipelineExecutionId": RUN});
    assert_eq!(sent[0].1, json!({"pipelineName": NAME, "filter": filter}));
    assert_eq!(
        sent[1].1,
        json!({"pipelineName": NAME, "filter": filter, "nextToken": "n"})
    );
    let found = found.unwrap();
    let statuses: Vec<_> = found.iter().map(|action| action.status).collect();
    assert_eq!(
        statuses,
        [
            ActionStatus::Failed,
            ActionStatus::InProgress,
            ActionStatus::WaitingForApproval,
            ActionStatus::Succeeded,
            ActionStatus::Stopped,
        ]
    );
    let failed = &found[0];
    assert_eq!(
        (failed.provider.as_str(), failed.external_id.as_deref()),
        ("CodeBuild", Some("p:b-1"))
    );
    assert_eq!(
        (failed.error_code.as_deref(), failed.error_message.as_deref()),
        (Some("JobFailed"), Some("no"))
    );
}

#[tokio::test]
async fn a_run_is_started_with_the_token_that_makes_a_repeated_start_the_same_one() {
    let (sent, started) = asked([given(&json!({"pipelineExecutionId": RUN}))], async |pipelines| {
        pipelines.start_run(&session(), NAME, Some("t-1")).await
    })
    .await;
    assert_eq!(started.unwrap().as_deref(), Some(RUN));
    let expected = json!({"name": NAME, "clientRequestToken": "t-1"});
    assert_eq!(sent, [("StartPipelineExecution".to_owned(), expected)]);
    for (code, name) in [
        ("PipelineNotFoundException", None),
        ("ConflictException", Some("ConcurrentChange")),
        (
            "ConcurrentPipelineExecutionsLimitExceededException",
            Some("Conflict"),
        ),
        ("AccessDeniedException", Some("AccessDenied")),
    ] {
        let (_, started) = asked([Replay::json_error(400, code)], async |pipelines| {
            pipelines.start_run(&session(), NAME, Some("t-1")).await
        })
        .await;
        match (started, name) {
            (Ok(started), None) => assert_eq!(started, None),
            (started, name) => assert_eq!(Some(started.unwrap_err().name()), name, "{code}"),
        }
    }
}

#[tokio::test]
async fn stopping_is_told_apart_from_what_has_ended() {
    let stop =
        async |pipelines: CodePipelines| pipelines.stop_run(&session(), NAME, &run(), "why", true).await;
    let (sent, stopped) = asked([given(&json!({"pipelineExecutionId": RUN}))], stop).await;
    assert!(stopped.unwrap());
    let expected =
        json!({"pipelineName": NAME, "pipelineExecutionId": RUN, "reason": "why", "abandon": true});
    assert_eq!(sent, [("StopPipelineExecution".to_owned(), expected)]);
    for (code, stopping) in [
        ("DuplicatedStopRequestException", Some(true)),
        ("PipelineExecutionNotStoppableException", Some(false)),
        ("ConflictException", None),
        ("AccessDeniedException", None),
    ] {
        let (_, stopped) = asked([Replay::json_error(400, code)], stop).await;
        assert_eq!(stopped.ok(), stopping, "{code}");
    }
}

#[tokio::test]
async fn only_failed_actions_are_tried_again() {
    let retry = async |pipelines: CodePipelines| pipelines.retry(&session(), NAME, "Deploy-dev", RUN).await;
    let (sent, retried) = asked([given(&json!({"pipelineExecutionId": RUN}))], retry).await;
    assert!(retried.unwrap());
    let expected = json!({"pipelineName": NAME, "stageName": "Deploy-dev", "pipelineExecutionId": RUN,
        "retryMode": "FAILED_ACTIONS"});
    assert_eq!(sent, [("RetryStageExecution".to_owned(), expected)]);
    for (code, taken) in [
        ("StageNotRetryableException", Some(false)),
        ("NotLatestPipelineExecutionException", Some(false)),
        ("StageNotFoundException", Some(false)),
        ("ConflictException", None),
        ("AccessDeniedException", None),
    ] {
        let (_, retried) = asked([Replay::json_error(400, code)], retry).await;
        assert_eq!(retried.ok(), taken, "{code}");
    }
}

#[tokio::test]
async fn a_question_is_known_by_its_token_while_it_waits() {
    let stage = |action: Value| {
        json!({"stageName": "Approve-prod", "actionStates": [{"actionName": "Approve", "latestExecution": action}],
            "latestExecution": {"pipelineExecutionId": RUN, "status": "InProgress"}})
    };
    for (action, asks) in [
        (json!({"status": "InProgress", "token": "t"}), true),
        (json!({"status": "InProgress"}), false),
        (json!({"status": "Failed", "token": "t"}), false),
    ] {
        let answer = json!({"stageStates": [stage(action)]});
        let (_, found) = asked([given(&answer)], async |pipelines| {
            pipelines.questions(&session(), NAME).await
        })
        .await;
        let found = found.unwrap().unwrap();
        assert_eq!(found[0].run_id, Some(run()));
        let question = found[0].question.as_ref();
        assert_eq!(
            question.map(|it| (it.action.as_str(), it.token.as_str())),
            asks.then_some(("Approve", "t"))
        );
    }
    let missing = Replay::json_error(400, "PipelineNotFoundException");
    let (_, found) = asked([missing], async |pipelines| {
        pipelines.questions(&session(), NAME).await
    })
    .await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test]
async fn a_question_is_answered_once() {
    let question = Question {
        action: "Approve".to_owned(),
        token: "t".to_owned(),
    };
    let answer = async |pipelines: CodePipelines| {
        let said = Decision::Rejected;
        pipelines
            .answer(&session(), NAME, "Approve-prod", &question, said, "no (olga)")
            .await
    };
    let (sent, taken) = asked([given(&json!({"approvedAt": 1_795_000_000}))], answer).await;
    assert!(taken.unwrap());
    let expected = json!({"pipelineName": NAME, "stageName": "Approve-prod", "actionName": "Approve", "token": "t",
        "result": {"summary": "no (olga)", "status": "Rejected"}});
    assert_eq!(sent, [("PutApprovalResult".to_owned(), expected)]);
    for (status, code, taken) in [
        (400, "ApprovalAlreadyCompletedException", Ok(false)),
        (400, "InvalidApprovalTokenException", Ok(false)),
        (400, "StageNotFoundException", Ok(false)),
        (400, "AccessDeniedException", Err("AccessDenied")),
        (503, "ServiceUnavailableException", Err("ServiceUnavailable")),
    ] {
        let (_, answered) = asked([Replay::json_error(status, code)], answer).await;
        assert_eq!(
            answered.as_ref().map(|taken| *taken).map_err(domain::Error::name),
            taken,
            "{code}"
        );
    }
}
