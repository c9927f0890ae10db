//! What CodePipeline is asked in order to start a pipeline, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::workflow::start_pipelines::StartCodePipelines as _;
use aws_clients::replay::{Replay, Sent};
use codepipeline::CodePipelines;
use domain::Result;
use serde_json::{Value, json};
use sts::replay::{answering, session};

const TOKEN: &str = "01k9v3xv0m0000000000000001";

/// Starts a CodePipeline: what was sent to do that, and what came of it.
async fn start(answer: (u16, String)) -> (Sent, Result<()>) {
    let (replay, pipelines) = answering([answer], CodePipelines::new);
    let started = pipelines.start(&session(), "dataall-sales-k3j9x0ab", TOKEN).await;
    let [_, sent] = &replay.sent()[..] else {
        panic!("one request after the session's")
    };
    (sent.clone(), started)
}

#[tokio::test]
async fn the_token_makes_a_repeated_start_the_same_one() {
    let (sent, started) = start((200, json!({"pipelineExecutionId": "e-1"}).to_string())).await;
    started.unwrap();
    let target = (
        "x-amz-target".to_owned(),
        "CodePipeline_20150709.StartPipelineExecution".to_owned(),
    );
    assert!(sent.headers.contains(&target), "{:?}", sent.headers);
    assert_eq!(sent.uri, "https://codepipeline.eu-west-1.amazonaws.com/");
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(
        body,
        json!({"name": "dataall-sales-k3j9x0ab", "clientRequestToken": TOKEN})
    );
}

#[tokio::test]
async fn refusals_to_start_are_told_apart() {
    for (status, code, name, retryable) in [
        (400, "ThrottlingException", "Throttled", true),
        (503, "ServiceUnavailableException", "ServiceUnavailable", true),
        (400, "ConflictException", "ConcurrentChange", true),
        (400, "AccessDeniedException", "AccessDenied", false),
        // The deployment has just found it: who deleted it since must deploy it again.
        (400, "PipelineNotFoundException", "Refused", false),
    ] {
        let (_, started) = start(Replay::json_error(status, code)).await;
        let error = started.unwrap_err();
        assert_eq!(
            (error.name(), error.retryable()),
            (name, retryable),
            "{code}: {error}"
        );
    }
}

#[tokio::test]
async fn an_error_names_the_call_and_the_account() {
    let (_, started) = start(Replay::json_error(400, "AccessDeniedException")).await;
    let said = started.unwrap_err().to_string();
    assert!(
        said.contains("codepipeline:StartPipelineExecution") && said.contains("111111111111"),
        "{said}"
    );
}
