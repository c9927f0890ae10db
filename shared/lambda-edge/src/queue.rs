//! Events from an SQS queue as a Lambda function: a batch in, the messages that must come again out.

use std::fmt::Display;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use domain::{Pointer, Problems, Result};
use serde_json::Value;

use crate::batch::{self, Item};

/// Handles the messages of the queue with `work`, which says what became of each, until Lambda ends the function. The event
/// source mapping must have `ReportBatchItemFailures`: a message that fails comes again, and in the end to the dead-letter
/// queue; the others do not.
pub async fn run<O: Display>(
    work: impl AsyncFn(Value) -> Result<O>,
) -> std::result::Result<(), lambda_runtime::Error> {
    let work = &work;
    batch::serve(&|item| batch::told(work, item), items).await
}

fn items(batch: SqsEvent) -> Vec<Item> {
    batch.records.into_iter().map(item).collect()
}

fn item(message: SqsMessage) -> Item {
    let event = read(message.body.as_deref().unwrap_or_default());
    let name = |member: &str| {
        let event = event.as_ref().ok();
        let name = event.and_then(|event| event.get(member)?.as_str());
        name.unwrap_or_default().to_owned()
    };
    Item {
        id: message.message_id.unwrap_or_default(),
        event_id: name("id"),
        detail_type: name("detail-type"),
        received: message.attributes.get("ApproximateReceiveCount").cloned(),
        body: event,
    }
}

fn read(body: &str) -> Result<Value> {
    serde_json::from_str(body)
        .map_err(|error| Problems::one(&Pointer::root(), format!("the message is not JSON: {error}")).into())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use domain::Error;
    use lambda_runtime::Context;
    use serde_json::json;

    use super::*;
    use crate::telemetry::captured::Lines;

    /// A batch of messages, as Lambda passes it.
    fn messages(bodies: &[&str]) -> SqsEvent {
        let records: Vec<Value> = bodies
            .iter()
            .enumerate()
            .map(|(index, body)| {
                json!({
                    "messageId": format!("message-{index}"),
                    "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                    "body": body,
                    "attributes": {
                        "ApproximateReceiveCount": "2", "SentTimestamp": "1545082649183",
                        "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185",
                    },
                    "messageAttributes": {},
                    "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:dataall-platform-events",
                    "awsRegion": "eu-west-1",
                })
            })
            .collect();
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    fn event(id: &str) -> String {
        json!({"version": "0", "id": id, "detail-type": "Scheduled Event", "detail": {}}).to_string()
    }

    /// The answer as Lambda reads it.
    async fn answered(bodies: &[&str], work: impl AsyncFn(Value) -> Result<&'static str>) -> Value {
        let work = &work;
        serde_json::to_value(
            batch::answer(
                &|item| batch::told(work, item),
                items(messages(bodies)),
                &Context::default(),
            )
            .await,
        )
        .unwrap()
    }

    fn failures(ids: &[&str]) -> Value {
        let failures: Vec<Value> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
        json!({ "batchItemFailures": failures })
    }

    #[tokio::test]
    async fn a_message_that_fails_fails_alone() {
        let handled = Mutex::new(Vec::new());
        let bodies = [
            event("a"),
            "no JSON".to_owned(),
            event("c"),
            event("d"),
            event("e"),
        ];
        let bodies = bodies.each_ref().map(String::as_str);
        let answer = answered(&bodies, async |event| {
            let id = event["id"].as_str().unwrap_or_default().to_owned();
            handled.lock().unwrap().push(id.clone());
            match id.as_str() {
                "c" => Err(Error::ConcurrentChange("the redeployment")),
                "d" => panic!("a fault"),
                _ => Ok("started"),
            }
        })
        .await;
        assert_eq!(answer, failures(&["message-1", "message-2", "message-3"]));
        assert_eq!(handled.into_inner().unwrap(), ["a", "c", "d", "e"]);
    }

    #[tokio::test]
    async fn an_empty_list_of_failures_deletes_the_whole_batch() {
        assert_eq!(
            answered(&[&event("a")], async |_| Ok("ignored")).await,
            failures(&[])
        );
    }

    #[tokio::test]
    async fn a_failure_is_logged_once_with_the_event_and_every_problem() {
        let lines = Lines::default();
        let work = async |_| {
            let mut problems = Problems::one(&Pointer::root().child("detail"), "is wrong");
            problems.add(&Pointer::root().child("time"), "is wrong, too");
            Err(problems.into())
        };
        answered(&[&event("a")], work).await;
        let logged = lines.read();
        assert_eq!(logged.len(), 1, "{logged:?}");
        assert_eq!(logged[0]["level"], "ERROR");
        assert_eq!(
            (&logged[0]["eventId"], &logged[0]["requestId"]),
            (&json!("a"), &json!("a"))
        );
        assert_eq!(logged[0]["received"], "2");
        assert_eq!(logged[0]["error"], "Invalid");
        assert_eq!(logged[0]["detail"], "/detail: is wrong\n/time: is wrong, too");
    }

    #[tokio::test]
    async fn a_success_says_what_became_of_the_event() {
        let lines = Lines::default();
        let work = async |_| {
            tracing::Span::current().record("redeploymentId", "r");
            Ok("started")
        };
        answered(&[&event("a")], work).await;
        let logged = lines.read();
        assert_eq!(logged.len(), 1, "{logged:?}");
        for (name, value) in [
            ("level", "INFO"),
            ("outcome", "started"),
            ("requestId", "a"),
            ("redeploymentId", "r"),
        ] {
            assert_eq!(logged[0][name], value, "{logged:?}");
        }
    }
}
