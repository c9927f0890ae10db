//! The schemas in `docs/events` are what the types say, and the examples beside them are what the schemas say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use domain::{
    event::{
        AuditEntryAdded, DeploymentFailed, DeploymentStarted, DeploymentSucceeded, PipelineDeleted, RunEnded,
        StageAnswered, StageWaiting,
    },
    redeployment::Target,
};
use event_schemas::EventSchema;
use jsonschema::Validator;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn kept(file: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events");
    fs::read_to_string(directory.join(file)).unwrap_or_default()
}

fn validator(event: &EventSchema) -> Validator {
    assert!(jsonschema::meta::is_valid(&event.schema), "{event:?}");
    jsonschema::options()
        .should_validate_formats(true)
        .build(&event.schema)
        .unwrap()
}

/// The example of an event in the page beside the schemas.
fn example(event: &EventSchema) -> Value {
    let page = kept("README.md");
    let heading = format!("\n### {}\n\n```json\n", event.detail_type);
    let (_, example) = page.split_once(&heading).unwrap();
    serde_json::from_str(example.split_once("```").unwrap().0).unwrap()
}

/// The example as its type reads and writes it.
fn read_and_written<T: DeserializeOwned + Serialize>(example: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(example.clone()).unwrap()).unwrap()
}

#[test]
fn the_schemas_in_docs_are_fresh() {
    for event in event_schemas::all() {
        assert!(
            kept(&event.file_name()) == event.text(),
            "docs/events/{} is stale: run `make event-schemas`",
            event.file_name()
        );
        assert!(
            kept("README.md").contains(&format!("({})", event.file_name())),
            "docs/events/README.md does not tell of {}",
            event.file_name()
        );
    }
}

#[test]
fn the_examples_are_what_schemas_and_types_say() {
    for event in event_schemas::all() {
        let example = example(&event);
        let validator = validator(&event);
        let problems: Vec<_> = validator
            .iter_errors(&example)
            .map(|error| error.to_string())
            .collect();
        assert!(problems.is_empty(), "{}: {problems:?}", event.detail_type);
        let again = match event.detail_type {
            "Pipeline Deployment Started" => read_and_written::<DeploymentStarted>(&example),
            "Pipeline Deployment Succeeded" => read_and_written::<DeploymentSucceeded>(&example),
            "Pipeline Deployment Failed" => read_and_written::<DeploymentFailed>(&example),
            "Pipeline Deleted" => read_and_written::<PipelineDeleted>(&example),
            "Pipeline Stage Waiting For Approval" => read_and_written::<StageWaiting>(&example),
            "Pipeline Stage Approved" | "Pipeline Stage Rejected" => {
                read_and_written::<StageAnswered>(&example)
            }
            AuditEntryAdded::DETAIL_TYPE => read_and_written::<AuditEntryAdded>(&example),
            "Pipeline Run Succeeded" | "Pipeline Run Failed" => read_and_written::<RunEnded>(&example),
            "Pipeline Redeploy Requested" => read_and_written::<Target>(&example),
            other => panic!("{other}"),
        };
        assert_eq!(again, example, "{}", event.detail_type);
    }
}

#[test]
fn what_is_sent_may_grow_and_what_is_taken_is_read_strictly() {
    for event in event_schemas::all() {
        let validator = validator(&event);
        let mut more = example(&event);
        more["surprise"] = json!(true);
        let taken = event.detail_type == "Pipeline Redeploy Requested";
        assert_eq!(validator.is_valid(&more), !taken, "{}", event.detail_type);
    }
}

#[test]
fn what_is_required_must_be_there_and_be_right() {
    for event in event_schemas::all() {
        let validator = validator(&event);
        let example = example(&event);
        let names: Vec<String> = event.schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect();
        for name in names {
            for wrong in [None, Some(Value::Null)] {
                let mut broken = example.clone();
                match wrong {
                    None => drop(broken.as_object_mut().unwrap().remove(&name)),
                    Some(null) => broken[&name] = null,
                }
                assert!(!validator.is_valid(&broken), "{}: {name}", event.detail_type);
            }
        }
    }
    let [started, ..] = event_schemas::all();
    for (name, wrong) in [
        ("startedAt", "yesterday"),
        ("pipelineId", "../etc"),
        ("version", "2"),
    ] {
        let mut broken = example(&started);
        broken[name] = json!(wrong);
        assert!(!validator(&started).is_valid(&broken), "{name}");
    }
}
