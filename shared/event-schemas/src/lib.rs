//! The JSON Schemas (2020-12) of the `detail` of the platform's events, made from the types that write and read it.

use std::collections::BTreeMap;

use domain::{
    event::{
        AuditEntryAdded, DeploymentFailed, DeploymentStarted, DeploymentSucceeded, PipelineDeleted, RunEnded,
        StageAnswered, StageWaiting,
    },
    redeployment::Target,
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The version of every event's detail: a change that is more than another member makes another file.
const VERSION: &str = "v1";

/// How a reference to a schema begins as utoipa writes it.
const COMPONENTS: &str = "#/components/schemas/";

/// The schema of an event's detail.
#[derive(Clone, Debug)]
pub struct EventSchema {
    /// The event's `detail-type`.
    pub detail_type: &'static str,
    /// The schema.
    pub schema: Value,
}

impl EventSchema {
    /// What the platform sends: members may be added within a version, so a reader has to let any pass.
    fn sent<T: ToSchema>(detail_type: &'static str) -> Self {
        let mut event = Self::of::<T>(detail_type);
        event.schema["additionalProperties"] = json!(true);
        event
    }

    /// What the platform takes: as the type says, which refuses what it does not know.
    fn taken<T: ToSchema>(detail_type: &'static str) -> Self {
        Self::of::<T>(detail_type)
    }

    fn of<T: ToSchema>(detail_type: &'static str) -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let mut definitions: BTreeMap<String, Value> = named
            .into_iter()
            .map(|(name, schema)| (name, tidy(plain(&schema))))
            .collect();
        let root = merged(tidy(plain(&T::schema())), &mut definitions);
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:pipelines:event:{}:{VERSION}", slug(detail_type)),
            "title": detail_type,
        });
        for (key, value) in root {
            schema[key] = value;
        }
        if !definitions.is_empty() {
            schema["$defs"] = json!(definitions);
        }
        Self { detail_type, schema }
    }

    /// The file's name in `docs/events`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{VERSION}.schema.json", slug(self.detail_type))
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}\n", self.schema)
    }
}

/// The schemas of all events.
#[must_use]
pub fn all() -> [EventSchema; 11] {
    [
        EventSchema::sent::<DeploymentStarted>("Pipeline Deployment Started"),
        EventSchema::sent::<DeploymentSucceeded>("Pipeline Deployment Succeeded"),
        EventSchema::sent::<DeploymentFailed>("Pipeline Deployment Failed"),
        EventSchema::sent::<PipelineDeleted>("Pipeline Deleted"),
        EventSchema::sent::<StageWaiting>("Pipeline Stage Waiting For Approval"),
        EventSchema::sent::<StageAnswered>("Pipeline Stage Approved"),
        EventSchema::sent::<StageAnswered>("Pipeline Stage Rejected"),
        EventSchema::sent::<RunEnded>("Pipeline Run Succeeded"),
        EventSchema::sent::<RunEnded>("Pipeline Run Failed"),
        EventSchema::sent::<AuditEntryAdded>(AuditEntryAdded::DETAIL_TYPE),
        EventSchema::taken::<Target>("Pipeline Redeploy Requested"),
    ]
}

fn slug(detail_type: &str) -> String {
    detail_type.to_lowercase().replace(' ', "-")
}

#[expect(clippy::expect_used, reason = "a schema is plain data")]
fn plain(schema: &impl serde::Serialize) -> Value {
    serde_json::to_value(schema).expect("plain data")
}

/// A schema that stands on its own: references stay within it, a member that may be missing is never null, and a description
/// is one line.
fn tidy(schema: Value) -> Value {
    match schema {
        Value::Object(mut members) => {
            if let Some(Value::Array(choices)) = members.get_mut("oneOf") {
                choices.retain(|choice| *choice != json!({"type": "null"}));
                if let [_] = choices.as_slice()
                    && let Some(Value::Array(mut only)) = members.remove("oneOf")
                    && let Some(Value::Object(only)) = only.pop()
                {
                    members.extend(only);
                }
            }
            let tidied = members.into_iter().map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    ("$ref", Value::String(to)) => json!(to.replace(COMPONENTS, "#/$defs/")),
                    ("description", Value::String(text)) => json!(text.replace('\n', " ")),
                    (_, value) => tidy(value),
                };
                (key, value)
            });
            Value::Object(tidied.collect())
        }
        Value::Array(elements) => elements.into_iter().map(tidy).collect(),
        other => other,
    }
}

/// One object in place of the several that a flattened member makes.
fn merged(schema: Value, definitions: &mut BTreeMap<String, Value>) -> Map<String, Value> {
    let Value::Object(mut root) = schema else {
        return Map::new();
    };
    let Some(Value::Array(parts)) = root.remove("allOf") else {
        return root;
    };
    let (mut required, mut properties) = (Vec::new(), Map::new());
    for mut part in parts {
        if let Some(name) = part["$ref"].as_str().and_then(|to| to.strip_prefix("#/$defs/")) {
            part = definitions.remove(name).unwrap_or_default();
        }
        if let Value::Array(mut names) = part["required"].take() {
            required.append(&mut names);
        }
        if let Value::Object(members) = part["properties"].take() {
            properties.extend(members);
        }
    }
    root.insert("type".to_owned(), json!("object"));
    root.insert("required".to_owned(), json!(required));
    root.insert("properties".to_owned(), Value::Object(properties));
    root
}
