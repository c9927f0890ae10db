//! What the document says of requests is what the API takes.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{collections::BTreeSet, sync::LazyLock};

use application::{
    environments::{change::ChangeEnvironment, link::LinkEnvironment},
    pipelines::{change::ChangePipeline, create::CreatePipeline},
    runs::{approve::AnswerApproval, start::StartRun, stop::StopRun},
};
use domain::{
    environment::MAX_INVITED_TEAMS,
    input::{self, FromInput},
    pipeline::{MAX_STAGES, PipelineStatus},
    redeployment::Target,
    tags::MAX_TAGS,
};
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&openapi::document()).unwrap());

/// Path and method of each operation, with its description.
fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

/// Every schema within `schema`, itself included, references followed.
fn within(schema: &'static Value, seen: &mut BTreeSet<&'static str>, found: &mut Vec<&'static Value>) {
    match schema {
        Value::Object(members) => {
            found.push(schema);
            if let Some(target) = members.get("$ref").and_then(Value::as_str)
                && seen.insert(target)
            {
                DOCUMENT
                    .pointer(&target[1..])
                    .into_iter()
                    .for_each(|named| within(named, seen, found));
            }
            members.values().for_each(|member| within(member, seen, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| within(element, seen, found)),
        _ => {}
    }
}

fn is_of_type(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::Array(kinds) => kinds.contains(&json!(kind)),
        one => one == kind,
    }
}

#[test]
fn every_schema_that_is_named_is_there() {
    let (mut found, mut named) = (Vec::new(), 0);
    within(&DOCUMENT, &mut BTreeSet::new(), &mut found);
    for target in found.iter().filter_map(|part| part.get("$ref")?.as_str()) {
        named += 1;
        assert!(DOCUMENT.pointer(&target[1..]).is_some(), "{target}");
    }
    assert!(named > 100);
}

#[test]
fn a_body_has_no_room_for_what_is_not_named_and_each_of_its_texts_and_lists_is_bounded() {
    let mut bodies = 0;
    for (operation, described) in operations() {
        let Some(content) = described.pointer("/requestBody/content/application~1json/schema") else {
            continue;
        };
        bodies += 1;
        let mut found = Vec::new();
        within(content, &mut BTreeSet::new(), &mut found);
        for schema in found {
            if is_of_type(schema, "object") {
                assert!(
                    schema.get("additionalProperties").is_some(),
                    "{operation}: {schema}"
                );
            }
            if is_of_type(schema, "array") {
                assert!(schema.get("maxItems").is_some(), "{operation}: {schema}");
            }
            if is_of_type(schema, "string") {
                let bounded = ["pattern", "enum"]
                    .iter()
                    .any(|bound| schema.get(bound).is_some());
                assert!(bounded, "{operation}: {schema}");
            }
        }
    }
    assert_eq!(bodies, 8);
}

#[test]
fn no_parameter_is_null_and_each_text_is_bounded() {
    for (operation, described) in operations() {
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let mut found = Vec::new();
            within(&parameter["schema"], &mut BTreeSet::new(), &mut found);
            for schema in found {
                assert!(!is_of_type(schema, "null"), "{operation}: {parameter}");
                if is_of_type(schema, "string") {
                    let bounded = ["pattern", "enum", "maxLength"]
                        .iter()
                        .any(|bound| schema.get(bound).is_some());
                    assert!(bounded, "{operation}: {parameter}: {schema}");
                }
            }
        }
    }
}

#[test]
fn lists_have_the_limits_of_the_domain() {
    let schemas = &DOCUMENT["components"]["schemas"];
    for name in ["CreatePipeline", "ChangePipeline"] {
        let stages = &schemas[name]["properties"]["stages"];
        assert_eq!(
            (&stages["minItems"], &stages["maxItems"]),
            (&json!(1), &json!(MAX_STAGES)),
            "{name}"
        );
    }
    for name in ["LinkEnvironment", "ChangeEnvironment"] {
        assert_eq!(
            schemas[name]["properties"]["invitedTeams"]["maxItems"],
            json!(MAX_INVITED_TEAMS),
            "{name}"
        );
    }
    assert_eq!(schemas["Tags"]["maxProperties"], json!(MAX_TAGS));
    let (_, list) = operations().find(|(label, _)| label == "get /pipelines").unwrap();
    let tag = list["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|parameter| parameter["name"] == "tag")
        .unwrap();
    assert_eq!(tag["schema"]["maxItems"], json!(MAX_TAGS));
}

#[test]
fn pipelines_are_listed_by_each_status_that_they_can_have_in_a_list() {
    let listed = DOCUMENT["components"]["schemas"]["ListedStatus"]["enum"]
        .as_array()
        .unwrap();
    let statuses = PipelineStatus::ALL.map(PipelineStatus::as_str);
    let taken: Vec<_> = statuses
        .into_iter()
        .filter(|status| PipelineStatus::parse(status).is_ok())
        .collect();
    assert_eq!(listed, &taken);
}

/// Judges bodies by the document.
fn judge(schema: &str) -> jsonschema::Validator {
    let reference = format!("#/components/schemas/{schema}");
    let schema = json!({"$ref": reference, "components": DOCUMENT["components"]});
    jsonschema::draft202012::new(&schema).unwrap()
}

/// A legal body with one member after the other replaced; document and parser agree on each.
fn agree<T: FromInput>(schema: &str, legal: &Value, replaced: &[(&str, Value)]) {
    let document = judge(schema);
    assert!(
        document.is_valid(legal) && input::parse::<T>(legal).is_ok(),
        "{schema}: {legal}"
    );
    for (pointer, value) in replaced {
        let mut body = legal.clone();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        match body.pointer_mut(parent).unwrap() {
            Value::Array(elements) => elements[member.parse::<usize>().unwrap()] = value.clone(),
            object => object[member] = value.clone(),
        }
        let parsed = input::parse::<T>(&body);
        assert_eq!(
            document.is_valid(&body),
            parsed.is_ok(),
            "{schema}: {body}: {:?}",
            parsed.err()
        );
    }
}

/// What a client may have in its hands when it has nothing to say, or says it wrongly.
fn oddities(pointers: &[&'static str]) -> Vec<(&'static str, Value)> {
    let values = [
        json!(null),
        json!(""),
        json!(" "),
        json!(1),
        json!([]),
        json!({}),
        json!("\u{7f}"),
        json!("x".repeat(1_001)),
    ];
    pointers
        .iter()
        .flat_map(|pointer| values.iter().map(move |value| (*pointer, value.clone())))
        .collect()
}

#[test]
fn pipelines_are_described_as_they_are_read() {
    let stage = json!({"name": "dev", "environmentId": "env-a1b2c3d4"});
    let stages = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({"name": format!("s{n}"), "environmentId": "env-a1b2c3d4"}))
            .collect()
    };
    let tags = |count: usize| -> Value {
        (0..count)
            .map(|n| (format!("k{n}"), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let legal = json!({
        "name": "sales", "description": "Sales", "tags": {"cost-center": "42"}, "team": "research",
        "cicdEnvironmentId": "env-a1b2c3d4", "strategy": "trunk", "stages": [stage],
    });
    let mut replaced = oddities(&[
        "/name",
        "/description",
        "/tags",
        "/tags/cost-center",
        "/team",
        "/cicdEnvironmentId",
        "/strategy",
        "/stages",
        "/stages/0",
        "/stages/0/name",
        "/stages/0/environmentId",
        "/stages/0/manualApproval",
        "/stages/0/more",
        "/more",
    ]);
    replaced.extend([
        ("/stages", stages(20)),
        ("/stages", stages(21)),
        ("/tags", tags(40)),
        ("/tags", tags(41)),
        ("/tags", json!({"": "v"})),
        ("/tags", json!({"k".repeat(128): "v".repeat(256)})),
        ("/tags", json!({"k".repeat(129): "v"})),
        ("/tags", json!({"k": "v".repeat(257)})),
        ("/tags", json!({"_.:/=+-@ Z\u{fc}rich": "_.:/=+-@ Z\u{fc}rich"})),
        ("/name", json!("a".repeat(32))),
        ("/name", json!("a".repeat(33))),
        ("/name", json!("a-")),
        ("/description", json!("a\tb\nc")),
        ("/description", json!("a\rb")),
        ("/stages/0/name", json!("a".repeat(16))),
        ("/stages/0/name", json!("a".repeat(17))),
    ]);
    // One key for each character of ASCII.
    replaced.extend((0u8..128).map(|byte| ("/tags", json!({char::from(byte).to_string(): "v"}))));
    replaced.extend((0u8..128).map(|byte| ("/tags", json!({"k": char::from(byte).to_string()}))));
    agree::<CreatePipeline>("CreatePipeline", &legal, &replaced);
    let change = json!({"description": "Sales", "tags": {"cost-center": "42"}, "stages": legal["stages"]});
    let replaced: Vec<_> = replaced
        .into_iter()
        .filter(|(pointer, _)| {
            ["/description", "/tags", "/stages", "/more"]
                .iter()
                .any(|known| pointer.starts_with(known))
        })
        .collect();
    agree::<ChangePipeline>("ChangePipeline", &change, &replaced);
    agree::<ChangePipeline>("ChangePipeline", &json!({}), &[]);
}

#[test]
fn environments_are_described_as_they_are_read() {
    let teams = |count: usize| -> Value { (0..count).map(|n| format!("team-{n}")).collect() };
    let mut replaced = oddities(&[
        "/label",
        "/accountId",
        "/region",
        "/team",
        "/invitedTeams",
        "/invitedTeams/0",
        "/permissionsBoundary",
        "/bootstrapQualifier",
        "/selfMutation",
        "/approval",
        "/more",
    ]);
    replaced.extend([
        ("/invitedTeams", teams(40)),
        ("/invitedTeams", teams(41)),
        ("/label", json!("x".repeat(64))),
        ("/label", json!("x".repeat(65))),
        ("/label", json!("x\ny")),
        ("/label", json!("x ")),
        ("/permissionsBoundary", json!("x".repeat(128))),
        ("/permissionsBoundary", json!("x".repeat(129))),
        ("/permissionsBoundary", json!(format!("{}/x", "y".repeat(510)))),
        ("/permissionsBoundary", json!(format!("{}/x", "y".repeat(511)))),
        ("/permissionsBoundary", json!("x/")),
        ("/permissionsBoundary", json!("/x")),
    ]);
    let legal = json!({
        "label": "dev", "accountId": "222222222222", "region": "eu-west-1", "team": "research", "invitedTeams": ["marketing"],
        "permissionsBoundary": "bounds/all", "bootstrapQualifier": "hnb659fds", "selfMutation": "OWN_TEAM", "approval": "ANYBODY",
    });
    agree::<LinkEnvironment>("LinkEnvironment", &legal, &replaced);
    let change = json!({
        "label": "dev", "invitedTeams": ["marketing"], "permissionsBoundary": "bounds/all", "bootstrapQualifier": "hnb659fds",
        "selfMutation": "OWN_TEAM", "approval": "ANYBODY", "credentials": "ENABLED",
    });
    replaced.extend(oddities(&["/credentials"]));
    agree::<ChangeEnvironment>("ChangeEnvironment", &change, &replaced);
    agree::<ChangeEnvironment>("ChangeEnvironment", &json!({}), &[]);
}

#[test]
fn what_is_done_to_runs_is_described_as_it_is_read() {
    let run = "6a7e8feb-b491-4cf7-a9f1-bf3703467718";
    let legal = json!({"decision": "APPROVED", "comment": "fine\nso", "runId": run});
    let mut replaced = oddities(&["/decision", "/comment", "/runId", "/more"]);
    replaced.extend([
        ("/comment", json!("x".repeat(350))),
        ("/comment", json!("x".repeat(351))),
    ]);
    agree::<AnswerApproval>("AnswerApproval", &legal, &replaced);
    agree::<StartRun>(
        "StartRun",
        &json!({"stage": "dev"}),
        &oddities(&["/stage", "/more"]),
    );
    let mut replaced = oddities(&["/reason", "/more"]);
    replaced.extend([
        ("/reason", json!("x".repeat(200))),
        ("/reason", json!("x".repeat(201))),
    ]);
    agree::<StopRun>("StopRun", &json!({"reason": "late"}), &replaced);
}

#[test]
fn redeployments_are_described_as_they_are_read() {
    let (named, document) = (
        ["pipelineId", "environmentId", "strategy", "all"],
        judge("Target"),
    );
    for (legal, pointer) in [
        (json!({"pipelineId": "k3j9x0ab"}), "/pipelineId"),
        (json!({"environmentId": "env-a1b2c3d4"}), "/environmentId"),
        (json!({"strategy": "trunk"}), "/strategy"),
        (json!({"all": true}), "/all"),
    ] {
        let mut replaced = oddities(&[pointer, "/more"]);
        replaced.push(("/all", json!(false)));
        agree::<Target>("Target", &legal, &replaced);
        for other in named.iter().filter(|other| !pointer.ends_with(**other)) {
            let mut both = legal.clone();
            both[*other] = json!(null);
            assert!(
                !document.is_valid(&both) && input::parse::<Target>(&both).is_err(),
                "{both}"
            );
        }
    }
}
