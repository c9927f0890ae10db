//! What S3 is asked about artifacts, and what its answers mean.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::artifacts::{DeleteArtifacts, FindArtifacts, ReadArtifacts, WriteArtifacts};
use aws_clients::replay::{Replay, Sent};
use domain::Error;
use s3::Artifacts;

const KEY: &str = "deployments/01k9v3xv0m0000000000000001/plan.json";

fn answering(status: u16, body: &str) -> (Replay, Artifacts) {
    let replay = Replay::new([(status, body)]);
    let artifacts = Artifacts::from_config(&replay.config(), "dataall-artifacts".to_owned());
    (replay, artifacts)
}

fn refusing(status: u16, code: &str) -> Artifacts {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    answering(status, &body).1
}

/// The only request: its method, its path in the bucket, and its body.
fn only(replay: &Replay) -> (String, String, String) {
    let sent = replay.sent();
    let [
        Sent {
            method, uri, body, ..
        },
    ] = &sent[..]
    else {
        panic!("one request: {sent:?}")
    };
    let path = uri.strip_prefix("https://dataall-artifacts.s3.eu-west-1.amazonaws.com/");
    let path = path.unwrap().split('?').next().unwrap_or_default();
    (method.clone(), path.to_owned(), body.clone())
}

fn request(method: &str, body: &str) -> (String, String, String) {
    (method.to_owned(), KEY.to_owned(), body.to_owned())
}

#[tokio::test]
async fn what_was_put_is_read() {
    let (replay, artifacts) = answering(200, "");
    artifacts.put(KEY, b"{}".to_vec()).await.unwrap();
    assert_eq!(only(&replay), request("PUT", "{}"));
    let json = ("content-type".to_owned(), "application/json".to_owned());
    assert!(replay.sent()[0].headers.contains(&json));
    let (replay, artifacts) = answering(200, "{}");
    assert_eq!(artifacts.get(KEY).await.unwrap(), b"{}");
    assert_eq!(only(&replay), request("GET", ""));
}

#[tokio::test]
async fn an_artifact_that_may_not_be_there_is_no_error_when_it_is_not() {
    let (_, artifacts) = answering(200, "{}");
    assert_eq!(artifacts.find(KEY).await.unwrap(), Some(b"{}".to_vec()));
    let artifacts = refusing(404, "NoSuchKey");
    assert_eq!(artifacts.find(KEY).await.unwrap(), None);
}

#[tokio::test]
async fn an_artifact_that_must_be_there_is_an_error_when_it_is_not() {
    let error = refusing(404, "NoSuchKey").get(KEY).await.unwrap_err();
    assert_eq!((error.name(), error.retryable()), ("Refused", false));
    // Not the key is missing but the whole bucket.
    let error = refusing(404, "NoSuchBucket").find(KEY).await.unwrap_err();
    assert_eq!((error.name(), error.retryable()), ("Refused", false));
}

#[tokio::test]
async fn a_deletion_that_is_repeated_is_no_error() {
    // S3 answers the same where there was nothing.
    let (replay, artifacts) = answering(204, "");
    artifacts.delete(KEY).await.unwrap();
    assert_eq!(only(&replay), request("DELETE", ""));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (status, code, name, retryable) in [
        (503, "SlowDown", "Throttled", true),
        (500, "InternalError", "ServiceUnavailable", true),
        (403, "AccessDenied", "AccessDenied", false),
    ] {
        let artifacts = || refusing(status, code);
        let errors: [Error; 4] = [
            artifacts().get(KEY).await.unwrap_err(),
            artifacts().find(KEY).await.unwrap_err(),
            artifacts().put(KEY, Vec::new()).await.unwrap_err(),
            artifacts().delete(KEY).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(
                (error.name(), error.retryable()),
                (name, retryable),
                "{code}: {error}"
            );
        }
    }
}
