//! Every call asks what it consumes, and the answers add up.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use application::{
    deployments::list::DeploymentHistory as _,
    records::{
        EnvironmentsOfPipelines as _, Pipelines as _,
        idempotency::{Answer, Idempotency, KeepAnswers as _},
    },
};
use aws_clients::{Calls, replay::Replay};
use domain::ids::{EnvironmentId, PipelineId};
use dynamodb::Table;
use serde_json::{Value, json};

#[tokio::test]
async fn what_calls_consume_adds_up() {
    let consumed = |units: f64| json!({"TableName": "records", "CapacityUnits": units});
    let answers = [
        json!({"ConsumedCapacity": consumed(1.0)}),
        json!({"Responses": {"records": []}, "UnprocessedKeys": {}, "ConsumedCapacity": [consumed(2.0)]}),
        json!({"Items": [], "ConsumedCapacity": consumed(0.5)}),
        json!({"ConsumedCapacity": [consumed(4.0)]}),
        // No service has to say.
        json!({}),
    ];
    let replay = Replay::new(answers.map(|answer| (200, answer.to_string())));
    let table = Table::from_config(&replay.config(), "records".to_owned());
    let pipeline = PipelineId::parse("k3j9x0ab").unwrap();
    let environment = EnvironmentId::parse("env-a1234567").unwrap();
    let before = Calls::until_now();
    table.pipeline(&pipeline).await.unwrap();
    table.environments(&BTreeSet::from([&environment])).await.unwrap();
    table.deployments(&pipeline, None, 10).await.unwrap();
    let request = Idempotency::new(&"alice".parse().unwrap(), "POST".to_owned(), "k".to_owned(), None);
    let answer = Answer::to(Some(&request), &"done").unwrap().unwrap();
    table.keep(&answer).await.unwrap();
    table.pipeline(&pipeline).await.unwrap();
    let calls = Calls::until_now().since(before);
    assert_eq!((calls.count, calls.read_units, calls.write_units), (5, 3.5, 4.0));
    for sent in replay.sent() {
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        assert_eq!(body["ReturnConsumedCapacity"], "TOTAL", "{body}");
    }
}
