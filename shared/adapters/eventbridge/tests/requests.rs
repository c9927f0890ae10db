//! What EventBridge is asked, and what its answers mean.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::deliveries::record::Announce as _;
use aws_clients::replay::{Replay, Sent};
use domain::{
    Result,
    event::{RunEnded, RunEvent},
    names::EventBusArn,
    prefix::Prefix,
};
use eventbridge::EventBus;
use serde_json::{Value, json};

const BUS: &str = "arn:aws:events:eu-west-1:000000000000:event-bus/dataall-pipelines";

fn detail() -> Value {
    json!({
        "version": "1", "pipelineId": "k3j9x0ab", "pipelineName": "sales", "team": "research", "strategy": "trunk",
        "codePipeline": "dataall-sales-k3j9x0ab", "runId": "0a1b2c3d-0000-4000-8000-000000000000", "attempt": 1,
        "startedAt": "2026-11-22T10:00:00Z", "consoleUrl": "https://console", "endedAt": "2026-11-22T10:05:00Z",
    })
}

async fn announce(answer: (u16, String)) -> (Vec<Sent>, Result<()>) {
    let replay = Replay::new([answer]);
    let bus = EventBus::from_config(
        &replay.config(),
        EventBusArn::parse(BUS).unwrap(),
        &Prefix::default(),
    );
    let ended: RunEnded = serde_json::from_value(detail()).unwrap();
    let answer = bus.announce(&RunEvent::Failed(ended)).await;
    (replay.sent(), answer)
}

#[tokio::test]
async fn an_event_goes_to_the_platforms_bus_under_its_source() {
    let taken = json!({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]});
    let (sent, answer) = announce((200, taken.to_string())).await;
    answer.unwrap();
    let body: Value = serde_json::from_str(&sent[0].body).unwrap();
    let [entry] = &body["Entries"].as_array().unwrap()[..] else {
        panic!("one entry")
    };
    assert_eq!(entry["EventBusName"], BUS);
    assert_eq!(
        (&entry["Source"], &entry["DetailType"]),
        (&json!("dataall.pipelines"), &json!("Pipeline Run Failed"))
    );
    let told: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(told, detail());
}

#[tokio::test]
async fn an_event_that_is_not_taken_is_an_error_although_the_call_succeeds() {
    for (code, name) in [
        ("ThrottlingException", "Throttled"),
        ("InternalFailure", "ServiceUnavailable"),
    ] {
        let refused = json!({"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]});
        let (_, answer) = announce((200, refused.to_string())).await;
        let error = answer.unwrap_err();
        assert_eq!((error.name(), error.retryable()), (name, true));
    }
    let (_, answer) = announce(Replay::json_error(400, "AccessDeniedException")).await;
    assert_eq!(answer.unwrap_err().name(), "AccessDenied");
}
