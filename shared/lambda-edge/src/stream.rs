//! The stream of a DynamoDB table as a Lambda function: a batch of rows in, those that must come again out.

use std::fmt::Display;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use domain::{Error, Result};
use serde_json::Value;

use crate::batch::{self, Item};

/// Handles the rows that the stream tells of with `work`, which gets the key of each as DynamoDB writes it, `{"pk": {"S": "..."}}`,
/// and says what became of it, until Lambda ends the function. The event source mapping must have `ReportBatchItemFailures`:
/// from the first row that fails on they come again.
pub async fn run<O: Display>(
    work: impl AsyncFn(Value) -> Result<O>,
) -> std::result::Result<(), lambda_runtime::Error> {
    let work = &work;
    batch::serve(&|item| batch::told(work, item), items).await
}

fn items(batch: Event) -> Vec<Item> {
    batch.records.into_iter().map(item).collect()
}

fn item(record: EventRecord) -> Item {
    let body = serde_json::to_value(&record.change.keys)
        .map_err(|error| Error::Internal(format!("the key of a row cannot be read: {error}")));
    Item {
        id: record.change.sequence_number.unwrap_or_default(),
        event_id: record.event_id,
        detail_type: record.event_name,
        received: None,
        body,
    }
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;
    use serde_json::json;

    use super::*;

    /// A record as AWS documents it.
    fn inserted(sequence_number: &str, sk: &str) -> Value {
        json!({
            "eventID": "c4ca4238a0b923820dcc509a6f75849b", "eventName": "INSERT", "eventVersion": "1.1",
            "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
            "dynamodb": {
                "Keys": {"pk": {"S": "PIPELINE#k3j9x0ab"}, "sk": {"S": sk}},
                "ApproximateCreationDateTime": 1_428_537_600, "SequenceNumber": sequence_number, "SizeBytes": 26,
                "StreamViewType": "KEYS_ONLY",
            },
            "eventSourceARN": "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/2026-11-22T00:00:00.000",
        })
    }

    #[tokio::test]
    async fn a_row_that_fails_comes_again_and_the_others_are_handled() {
        let batch = json!({"Records": [inserted("1", "a"), inserted("2", "b"), inserted("3", "c")]});
        let handled = std::sync::Mutex::new(Vec::new());
        let work = async |key: Value| {
            let sk = key["sk"]["S"].as_str().unwrap_or_default().to_owned();
            handled.lock().unwrap().push(sk.clone());
            if sk == "b" {
                return Err(Error::ConcurrentChange("the record"));
            }
            Ok("started")
        };
        let work = &work;
        let batch = serde_json::from_value(batch).unwrap();
        let answer = batch::answer(&|item| batch::told(work, item), items(batch), &Context::default()).await;
        let told = json!({"batchItemFailures": [{"itemIdentifier": "2"}]});
        assert_eq!(serde_json::to_value(answer).unwrap(), told);
        assert_eq!(handled.into_inner().unwrap(), ["a", "b", "c"]);
    }
}
