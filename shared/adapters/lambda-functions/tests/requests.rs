//! What Lambda is asked, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::hand_on::HandOn as _;
use aws_clients::replay::{Replay, Sent};
use domain::Result;
use lambda_functions::Function;

async fn hand_on(answer: (u16, &str)) -> (Vec<Sent>, Result<Vec<u8>>) {
    let (status, body) = answer;
    let replay = Replay::new([(status, body.to_owned())]);
    let function = Function::from_config(&replay.config(), "dataall-platform-preview-pipeline".to_owned());
    let answer = function.hand_on(b"{\"httpMethod\": \"POST\"}".to_vec()).await;
    (replay.sent(), answer)
}

#[tokio::test]
async fn a_request_is_handed_on_as_it_is_and_answered_so() {
    let (sent, answer) = hand_on((200, "{\"statusCode\": 200}")).await;
    assert_eq!(answer.unwrap(), b"{\"statusCode\": 200}");
    let [sent] = &sent[..] else { panic!("one request") };
    assert!(
        sent.uri
            .ends_with("/functions/dataall-platform-preview-pipeline/invocations"),
        "{}",
        sent.uri
    );
    assert_eq!(sent.body, "{\"httpMethod\": \"POST\"}");
}

#[tokio::test]
async fn a_refusal_is_an_error() {
    let (_, answer) = hand_on((
        403,
        "{\"Message\": \"User is not authorized to perform: lambda:InvokeFunction\"}",
    ))
    .await;
    answer.unwrap_err();
}
