//! Metrics in CloudWatch's embedded metric format: documents on the standard output, from which CloudWatch Logs makes metrics.
//! They cost no call, and they carry the ids that the log's lines carry.
//!
//! Written by hand, member by member of the format's specification. The crates that do it (`metrique`,
//! `metrics_cloudwatch_embedded`) collect what a process counts over its life; they would bring thirty crates and a global recorder
//! into functions that write a document or two each time they are called.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::event::Ended;
use serde_json::{Map, Value, json};

use crate::{
    invocation::{Figures, Invocation},
    settings,
};

/// Makes documents of metrics in a namespace.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    namespace: String,
}

impl Metrics {
    /// Metrics in the namespace of the setting `METRICS_NAMESPACE`; none without it.
    pub(crate) fn from_settings() -> Option<Self> {
        let namespace = settings::text("METRICS_NAMESPACE").ok()?;
        (!namespace.is_empty()).then_some(Self { namespace })
    }

    /// What a step took, and the `error` with which it failed if it did. Each try is a document of its own.
    pub(crate) fn step(
        &self,
        invocation: &Invocation,
        figures: &Figures,
        step: &str,
        error: Option<&str>,
    ) -> Value {
        let mut document = Document::about(invocation);
        document.member("Step", step);
        document.metric(&["Step"], "StepDuration", "Milliseconds", figures.duration_ms);
        if let Some(error) = error {
            document.member("Error", error);
            document.metric(&["Step", "Error"], "StepErrors", "Count", 1.0);
        }
        document.finish(&self.namespace)
    }

    /// How a deployment ended.
    pub(crate) fn deployment(&self, invocation: &Invocation, ended: &Ended) -> Value {
        let facts = ended.deployment();
        let took = ended.ended_at() - facts.started_at;
        let mut document = Document::about(invocation);
        document.member("Operation", facts.operation.as_str());
        document.member("Outcome", ended.status().as_str());
        document.metric(&["Operation", "Outcome"], "Deployments", "Count", 1.0);
        document.metric(
            &["Operation"],
            "DeploymentDuration",
            "Milliseconds",
            took.as_seconds_f64() * 1e3,
        );
        if let Some(failure) = ended.failure() {
            document.member("Error", &failure.error);
            document.metric(&["Error"], "DeploymentFailures", "Count", 1.0);
        }
        document.finish(&self.namespace)
    }
}

/// A document in the making: one line of the log.
struct Document {
    directives: Vec<Value>,
    members: Map<String, Value>,
}

impl Document {
    /// A document with the ids of `invocation`: members that are no metric's are properties, which queries find.
    fn about(invocation: &Invocation) -> Self {
        let ids = invocation.told().iter();
        Self {
            directives: Vec::new(),
            members: ids.map(|(name, id)| ((*name).to_owned(), json!(id))).collect(),
        }
    }

    /// A dimension's value.
    fn member(&mut self, name: &str, value: &str) {
        self.members.insert(name.to_owned(), json!(value));
    }

    /// A metric by `dimensions`, whose values are members.
    fn metric(&mut self, dimensions: &[&str], name: &str, unit: &str, value: f64) {
        self.members.insert(name.to_owned(), json!(value));
        self.directives
            .push(json!({"Dimensions": [dimensions], "Metrics": [{"Name": name, "Unit": unit}]}));
    }

    fn finish(mut self, namespace: &str) -> Value {
        for directive in &mut self.directives {
            directive["Namespace"] = json!(namespace);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let timestamp = u64::try_from(now.as_millis()).unwrap_or_default();
        let mut document = json!({"_aws": {"Timestamp": timestamp, "CloudWatchMetrics": self.directives}});
        for (name, value) in self.members {
            document[name] = value;
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use aws_clients::Calls;
    use domain::event::{DeploymentFailed, DeploymentSucceeded};
    use lambda_runtime::Context;

    use super::*;

    /// The format's specification as a schema: what a document, a directive and a metric must have and how long names may be.
    fn specification() -> jsonschema::Validator {
        let name = |longest: u32| json!({"type": "string", "minLength": 1, "maxLength": longest});
        let units = [
            "Seconds",
            "Microseconds",
            "Milliseconds",
            "Bytes",
            "Kilobytes",
            "Megabytes",
            "Gigabytes",
            "Terabytes",
            "Bits",
            "Kilobits",
            "Megabits",
            "Gigabits",
            "Terabits",
            "Percent",
            "Count",
            "Bytes/Second",
            "Kilobytes/Second",
            "Megabytes/Second",
            "Gigabytes/Second",
            "Terabytes/Second",
            "Bits/Second",
            "Kilobits/Second",
            "Megabits/Second",
            "Gigabits/Second",
            "Terabits/Second",
            "Count/Second",
            "None",
        ];
        let metric = json!({
            "type": "object", "required": ["Name"], "additionalProperties": false,
            "properties": {"Name": name(1024), "Unit": {"enum": units}, "StorageResolution": {"enum": [1, 60]}},
        });
        let directive = json!({
            "type": "object", "required": ["Namespace", "Dimensions", "Metrics"], "additionalProperties": false,
            "properties": {
                "Namespace": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9._/#:-]+$"},
                "Dimensions": {"type": "array", "minItems": 1, "items": {"type": "array", "maxItems": 30, "items": name(250)}},
                "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": metric},
            },
        });
        let metadata = json!({
            "type": "object", "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                // Milliseconds: not before 2020, not after 2100.
                "Timestamp": {"type": "integer", "minimum": 1_577_836_800_000_u64, "maximum": 4_102_444_800_000_u64},
                "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": directive},
            },
        });
        let document = json!({"type": "object", "required": ["_aws"], "properties": {"_aws": metadata}});
        jsonschema::validator_for(&document).unwrap()
    }

    /// Holds a document against the specification; the metrics that CloudWatch makes of it: name, dimensions, unit and value.
    fn extracted(document: &Value) -> Vec<(String, Value, String, f64)> {
        let problems: Vec<_> = specification()
            .iter_errors(document)
            .map(|error| error.to_string())
            .collect();
        assert!(problems.is_empty(), "{problems:?}: {document}");
        let mut metrics = Vec::new();
        for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            assert_eq!(directive["Namespace"], "dataall-pipelines");
            for dimensions in directive["Dimensions"].as_array().unwrap() {
                let mut values = Map::new();
                for dimension in dimensions.as_array().unwrap() {
                    let dimension = dimension.as_str().unwrap();
                    // The reference's target is a member of the root: a string of 1 to 1,024 characters.
                    let value = document[dimension].as_str().unwrap();
                    assert!((1..=1024).contains(&value.len()));
                    values.insert(dimension.to_owned(), json!(value));
                }
                for metric in directive["Metrics"].as_array().unwrap() {
                    let name = metric["Name"].as_str().unwrap();
                    let value = document[name].as_f64().unwrap();
                    let unit = metric["Unit"].as_str().unwrap().to_owned();
                    metrics.push((name.to_owned(), Value::Object(values.clone()), unit, value));
                }
            }
        }
        metrics
    }

    fn metrics() -> Metrics {
        Metrics {
            namespace: "dataall-pipelines".to_owned(),
        }
    }

    fn invocation() -> Invocation {
        let mut invocation = Invocation::begin(&Context::default());
        for (name, id) in [
            ("pipelineId", "k3j9x0ab"),
            ("deploymentId", "d"),
            ("requestId", "r-1"),
        ] {
            invocation.tell(name, id);
        }
        invocation
    }

    fn assert_found_by_its_ids(document: &Value) {
        for (name, id) in [
            ("pipelineId", "k3j9x0ab"),
            ("deploymentId", "d"),
            ("requestId", "r-1"),
        ] {
            assert_eq!(document[name], id);
        }
    }

    #[test]
    fn a_step_counts_its_time_and_its_error() {
        let figures = Figures {
            duration_ms: 812.4,
            calls: Calls::default(),
        };
        let took = (
            "StepDuration".to_owned(),
            json!({"Step": "Prepare"}),
            "Milliseconds".to_owned(),
            812.4,
        );
        let document = metrics().step(&invocation(), &figures, "Prepare", None);
        assert_eq!(extracted(&document), std::slice::from_ref(&took));
        assert_found_by_its_ids(&document);
        let document = metrics().step(&invocation(), &figures, "Prepare", Some("Throttled"));
        let failed = (
            "StepErrors".to_owned(),
            json!({"Step": "Prepare", "Error": "Throttled"}),
            "Count".to_owned(),
            1.0,
        );
        assert_eq!(extracted(&document), [took, failed]);
    }

    fn facts() -> Value {
        json!({
            "version": "1", "pipelineId": "k3j9x0ab", "pipelineName": "sales", "team": "research", "strategy": "trunk",
            "deploymentId": "01k9v3xv0m0000000000000001", "operation": "DEPLOY", "revision": 3, "requestedBy": "bob",
            "executionArn": "arn:execution", "startedAt": "2026-11-22T10:00:00Z", "endedAt": "2026-11-22T10:01:30.5Z",
        })
    }

    #[test]
    fn a_deployment_counts_how_it_ended() {
        let mut succeeded = facts();
        succeeded["stacks"] = json!([]);
        let succeeded: DeploymentSucceeded = serde_json::from_value(succeeded).unwrap();
        let document = metrics().deployment(&invocation(), &Ended::Succeeded(succeeded));
        let count = |outcome: &str| {
            let dimensions = json!({"Operation": "DEPLOY", "Outcome": outcome});
            ("Deployments".to_owned(), dimensions, "Count".to_owned(), 1.0)
        };
        let took = (
            "DeploymentDuration".to_owned(),
            json!({"Operation": "DEPLOY"}),
            "Milliseconds".to_owned(),
            90_500.0,
        );
        assert_eq!(extracted(&document), [count("SUCCEEDED"), took.clone()]);
        assert_found_by_its_ids(&document);
        let mut failed = facts();
        failed["failure"] = json!({"error": "StackFailed", "cause": "no"});
        let failed: DeploymentFailed = serde_json::from_value(failed).unwrap();
        let document = metrics().deployment(&invocation(), &Ended::Failed(failed));
        let by_error = (
            "DeploymentFailures".to_owned(),
            json!({"Error": "StackFailed"}),
            "Count".to_owned(),
            1.0,
        );
        assert_eq!(extracted(&document), [count("FAILED"), took, by_error]);
    }
}
