//! What CloudWatch Logs is asked for the end of a stream, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::runs::build_log::{LogEvents, ReadLogs};
use aws_clients::replay::Replay;
use cloudwatch_logs::Logs;
use domain::Result;
use serde_json::{Value, json};
use sts::replay::{answering, session};

fn page(messages: &[&str], backward: &str) -> (u16, String) {
    let events: Vec<Value> = messages
        .iter()
        .map(|message| json!({"timestamp": 1, "ingestionTime": 1, "message": message}))
        .collect();
    let answer = json!({"events": events, "nextBackwardToken": backward, "nextForwardToken": "f/1"});
    (200, answer.to_string())
}

/// Reads the end of a stream: what was sent, and what came of it.
async fn end(answers: Vec<(u16, String)>, most: usize) -> (Vec<Value>, Result<Option<LogEvents>>) {
    let (replay, logs) = answering(answers, Logs::new);
    let found = logs
        .end(&session(), "/aws/codebuild/dataall-sales", "b-1", most)
        .await;
    let sent = replay.sent();
    let sent = sent[1..]
        .iter()
        .map(|sent| serde_json::from_str(&sent.body).unwrap());
    (sent.collect(), found)
}

#[tokio::test]
async fn the_end_is_read_backwards_until_there_is_enough() {
    let (sent, found) = end(vec![page(&["c", "d"], "b/2"), page(&["b"], "b/3")], 3).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.messages, ["b", "c", "d"]);
    assert!(!found.complete);
    assert_eq!(
        sent,
        [
            json!({"logGroupName": "/aws/codebuild/dataall-sales", "logStreamName": "b-1", "limit": 3, "startFromHead": false}),
            json!({"logGroupName": "/aws/codebuild/dataall-sales", "logStreamName": "b-1", "limit": 1, "startFromHead": false,
                "nextToken": "b/2"}),
        ]
    );
}

#[tokio::test]
async fn the_same_token_again_is_the_beginning() {
    let (_, found) = end(vec![page(&["a"], "b/1"), page(&[], "b/1")], 10).await;
    let found = found.unwrap().unwrap();
    assert_eq!((found.messages, found.complete), (vec!["a".to_owned()], true));
}

#[tokio::test]
async fn pages_without_events_are_not_read_for_ever() {
    let pages = (0..9).map(|n| page(&[], &format!("b/{n}"))).collect();
    let (sent, found) = end(pages, 10).await;
    assert!(!found.unwrap().unwrap().complete);
    assert_eq!(sent.len(), 5);
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_no_error_and_a_denial_is() {
    let (_, found) = end(vec![Replay::json_error(400, "ResourceNotFoundException")], 10).await;
    assert_eq!(found.unwrap(), None);
    let (_, found) = end(vec![Replay::json_error(400, "AccessDeniedException")], 10).await;
    let error = found.unwrap_err();
    assert_eq!(error.name(), "AccessDenied");
    assert!(error.to_string().contains("logs:GetLogEvents"), "{error}");
}
