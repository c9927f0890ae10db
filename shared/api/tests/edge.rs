//! Requests as API Gateway sends them, problems as clients read them.
#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that panics has failed; values read better"
)]

mod support;

use api::{Request, json::MAX_BODY_BYTES, problem::ProblemDocument};
use application::pipelines::create::CreatePipeline;
use domain::{Error, Pointer, Problems, Result, ids::EnvironmentId, revision::Revision};
use serde_json::{Value, json};
use support::{claims, clients, passed_on, signed, token};

/// An event of API Gateway with `change` laid over it.
fn event(change: Value) -> Value {
    let mut event = json!({
        "resource": "/environments/{environmentId}", "path": "/environments/env-a1234567", "httpMethod": "PATCH",
        "headers": {}, "multiValueHeaders": {}, "queryStringParameters": null,
        "multiValueQueryStringParameters": null, "pathParameters": {"environmentId": "env-a1234567"},
        "stageVariables": null, "body": null, "isBase64Encoded": false,
        "requestContext": {"requestId": "r-1", "httpMethod": "PATCH"},
    });
    for (key, value) in change.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn parsed(event: Value) -> Result<Request> {
    Request::parse(serde_json::from_value(event).unwrap(), &clients())
}

/// What is read of the event of alice, who is in the team research.
fn sent(change: Value) -> Result<Request> {
    parsed(signed(event(change), &claims("alice", &["research"])))
}

fn request(change: Value) -> Request {
    sent(change).unwrap()
}

fn assert_unauthenticated(result: Result<Request>, why: &str) {
    let Err(error) = result else {
        panic!("accepted: {why}")
    };
    let problem = ProblemDocument::new(&error, "r-1");
    assert_eq!(
        (problem.status, problem.title),
        (401, "Not signed in"),
        "{why}: {error}"
    );
    assert_eq!(problem.r#type, "urn:dataall:problem:Unauthenticated");
}

#[test]
fn groups_are_those_of_the_token_and_are_never_split() {
    for (groups, teams) in [
        (
            vec!["research", "platform-admins"],
            vec!["platform-admins", "research"],
        ),
        (vec![], vec![]),
        // Each is one group, which Cognito allows and which is no team.
        (vec!["x,platform-admins"], vec![]),
        (vec!["[platform-admins]"], vec![]),
        (vec!["platform-admins "], vec![]),
        (vec!["research", "x platform-admins"], vec!["research"]),
    ] {
        let caller = parsed(signed(event(json!({})), &claims("alice", &groups)))
            .unwrap()
            .caller;
        let found: Vec<&str> = caller.teams.iter().map(domain::team::TeamName::as_str).collect();
        assert_eq!(found, teams, "{groups:?}");
    }
    let mut none = claims("alice", &[]);
    none.as_object_mut().unwrap().remove("cognito:groups");
    assert_eq!(
        parsed(signed(event(json!({})), &none))
            .unwrap()
            .caller
            .teams
            .len(),
        0
    );
}

#[test]
fn a_token_may_come_with_bearer_or_without() {
    let claims = claims("alice", &["research"]);
    for prefix in ["", "Bearer ", "bearer ", " "] {
        let mut event = signed(event(json!({})), &claims);
        event["headers"]["Authorization"] = format!("{prefix}{}", token(&claims)).into();
        assert_eq!(
            parsed(event).unwrap().caller.username.as_str(),
            "alice",
            "{prefix:?}"
        );
    }
}

#[test]
fn a_token_that_is_not_for_this_api_is_nobodys() {
    let with = |name: &str, value: Value| {
        let mut claims = claims("alice", &["research"]);
        claims[name] = value;
        claims
    };
    for (why, claims) in [
        ("an access token", with("token_use", "access".into())),
        ("another client's", with("aud", "another-client".into())),
        ("a list of clients", with("aud", json!([support::CLIENT]))),
        ("groups in one string", with("cognito:groups", "research".into())),
        ("no user", with("cognito:username", Value::Null)),
        (
            "a user name of two lines",
            with("cognito:username", "a\nb".into()),
        ),
    ] {
        let mut event = event(json!({}));
        event["headers"]["Authorization"] = token(&claims).into();
        event["requestContext"]["authorizer"] = json!({"claims": claims});
        assert_unauthenticated(parsed(event), why);
    }
}

#[test]
fn only_the_token_that_was_verified_counts() {
    let own = claims("alice", &["research"]);
    let forged = claims("alice", &["research", "platform-admins"]);
    let signed = || signed(event(json!({})), &own);
    let mut two = signed();
    two["multiValueHeaders"] = json!({"authorization": [token(&own), token(&forged)]});
    assert_unauthenticated(parsed(two), "two headers");
    let mut none = signed();
    none["headers"] = json!({});
    assert_unauthenticated(parsed(none), "no header");
    let mut unverified = signed();
    unverified["requestContext"]["authorizer"] = json!({});
    assert_unauthenticated(parsed(unverified), "no authorizer");
    for name in ["sub", "cognito:username", "aud", "token_use", "jti"] {
        let mut other = signed();
        let mut passed_on = passed_on(&own);
        passed_on[name] = "another".into();
        other["requestContext"]["authorizer"] = json!({"claims": passed_on});
        assert_unauthenticated(parsed(other), name);
    }
    for text in ["", "Bearer", "a.b", "a.b.c", "a.e30.c", "a.e30.c.d"] {
        let mut broken = signed();
        broken["headers"]["Authorization"] = text.into();
        assert_unauthenticated(parsed(broken), text);
    }
}

/// The largest request to create a pipeline: every text as long as it may be, each character written as `character`.
fn largest(character: &str) -> String {
    let tag = |number: usize| {
        let key = format!("{number:03}{}", character.repeat(125));
        format!("\"{key}\": \"{}\"", character.repeat(256))
    };
    let stage = |number: usize| {
        format!(
            "{{\"name\": \"stage-{number:010}\", \"environmentId\": \"env-a1234567\", \"manualApproval\": false}}"
        )
    };
    let tags: Vec<String> = (0..40).map(tag).collect();
    let stages: Vec<String> = (0..20).map(stage).collect();
    format!(
        "{{\"name\": \"{}\", \"team\": \"{}\", \"description\": \"{}\", \"strategy\": \"cdk-trunk\", \
         \"cicdEnvironmentId\": \"env-a1234567\", \"tags\": {{{}}}, \"stages\": [{}]}}",
        "n".repeat(32),
        "t".repeat(64),
        character.repeat(200),
        tags.join(", "),
        stages.join(", ")
    )
}

#[test]
fn the_largest_legal_request_is_accepted() {
    for character in ["\u{20000}", "\\u4e00"] {
        let body = largest(character);
        let read: CreatePipeline = request(json!({"body": body})).body().unwrap();
        assert_eq!((read.tags.len(), read.stages.len()), (40, 20));
    }
}

#[test]
fn a_body_beyond_the_limit_is_not_read() {
    let filled = |bytes: usize| format!("{{\"label\": \"{}\"}}", "x".repeat(bytes - 13));
    let encoded = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    assert!(sent(json!({"body": filled(MAX_BODY_BYTES)})).is_ok());
    for event in [
        json!({"body": filled(MAX_BODY_BYTES + 1)}),
        json!({"body": encoded(&filled(MAX_BODY_BYTES + 1)), "isBase64Encoded": true}),
        json!({"body": "=".repeat(6_000_000), "isBase64Encoded": true}),
    ] {
        let Err(error) = sent(event) else {
            panic!("it is read")
        };
        assert_eq!(ProblemDocument::new(&error, "r-1").status, 413);
    }
}

#[test]
fn answers_to_hostile_bodies_are_small() {
    let many = |element: &str, count: usize| vec![element; count].join(",");
    let unknown: Vec<String> = (0..100).map(|n| format!("\"x{n}\": 1")).collect();
    let object = format!("{{{}}}", many("0", 0) + &unknown.join(","));
    for body in [
        format!("{{\"stages\": [{}]}}", many("1", 60_000)),
        format!("{{\"stages\": [{}]}}", many("1", 100)),
        format!("{{\"stages\": [{}]}}", many(&object, 9)),
        object.clone(),
        format!("{{\"tags\": {{\"{}\": 1}}}}", "/".repeat(1_000)),
        format!("{{\"name\": \"{}\"}}", "x".repeat(8_000)),
        "[".repeat(100_000),
    ] {
        let Err(error) = request(json!({"body": body})).body::<CreatePipeline>() else {
            panic!("it is read")
        };
        let document = serde_json::to_string(&ProblemDocument::new(&error, "r-1")).unwrap();
        assert!(
            document.len() < 16_000,
            "{} bytes in answer to {} bytes",
            document.len(),
            body.len()
        );
    }
}

#[test]
fn an_answer_lists_fifty_problems_and_counts_the_others() {
    let mut problems = Problems::none();
    for number in 0..120 {
        problems.add(&Pointer::root().child(number), "is wrong");
    }
    let document = ProblemDocument::new(&problems.into(), "r-1");
    assert_eq!(document.detail, "120 problems in the request");
    assert_eq!(document.errors.len(), 50);
    assert_eq!(document.errors[48].pointer.as_str(), "/48");
    assert_eq!(document.errors[49].detail, "there are 71 more problems");
}

#[test]
fn a_header_that_cannot_be_read_is_a_problem() {
    for (name, value) in [
        ("If-Match", "\"1\u{e9}\"".to_owned()),
        ("If-Match", "\"1\", ".repeat(400)),
        ("Idempotency-Key", "x".repeat(1_025)),
        ("Idempotency-Key", "\u{e9}".to_owned()),
    ] {
        let Err(Error::Invalid(problems)) = sent(json!({"headers": {name: value}})) else {
            panic!("{name}: {value}")
        };
        assert_eq!(problems.as_slice()[0].pointer.as_str(), format!("/{name}"));
    }
}

#[test]
fn a_malformed_id_is_one_that_does_not_exist() {
    let request = request(json!({"pathParameters": {"environmentId": "../etc"}}));
    let error = request
        .id::<EnvironmentId>("environmentId", "environment")
        .unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));
}

#[test]
fn if_match_takes_lists_and_any_and_never_matches_what_is_no_tag_of_ours() {
    let expected = |header: &str| {
        request(json!({"headers": {"If-Match": header}}))
            .if_match()
            .unwrap()
    };
    assert_eq!(expected("\"1\""), Some(vec![Revision(1)]));
    assert_eq!(
        expected("\"1\", \"2\",\"3\""),
        Some((1..=3).map(Revision).collect())
    );
    assert_eq!(expected("*"), None);
    for another in [
        "W/\"1\"",
        "\"\"",
        "\"+1\"",
        "\"01\"",
        "\"a,b\"",
        "\"99999999999\"",
    ] {
        assert_eq!(expected(another), Some(vec![]), "{another}");
    }
    assert_eq!(request(json!({})).if_match().unwrap(), None);
}

#[test]
fn what_is_no_entity_tag_is_a_problem() {
    for header in [
        "",
        "1",
        "null",
        "\"1",
        "1\"",
        "\"1\" \"2\"",
        "\"1\",",
        ",",
        "*, \"1\"",
        "w/\"1\"",
        "\"a b\"",
    ] {
        let Err(Error::Invalid(problems)) = request(json!({"headers": {"If-Match": header}})).if_match()
        else {
            panic!("{header}")
        };
        assert_eq!(problems.as_slice()[0].pointer.as_str(), "/If-Match", "{header}");
    }
}

#[test]
fn bodies_must_be_json_and_may_come_encoded() {
    let encoded = request(json!({"body": "e30=", "isBase64Encoded": true}));
    encoded.no_body().unwrap();
    let broken = request(json!({"body": "{"}));
    assert!(matches!(broken.no_body(), Err(Error::Invalid(_))));
}

#[test]
fn every_problem_of_a_query_is_named() {
    let request =
        request(json!({"multiValueQueryStringParameters": {"limit": ["0"], "nextToken": ["?"], "x": ["1"]}}));
    let mut query = request.query();
    query.page();
    let Err(Error::Invalid(problems)) = query.finish() else {
        panic!()
    };
    let pointers: Vec<&str> = problems
        .as_slice()
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect();
    assert_eq!(pointers, ["/limit", "/nextToken", "/x"]);
}

#[test]
fn what_is_looked_for_is_bounded() {
    let wrong = |query: Value| {
        let request = request(json!({"multiValueQueryStringParameters": query}));
        let mut query = request.query();
        query.tags();
        query.search_text();
        query.finish().is_err()
    };
    let tag =
        |key: usize, value: usize| json!({"tag": [format!("{}:{}", "k".repeat(key), "v".repeat(value))]});
    assert!(!wrong(
        json!({"tag": ["a:b:c", "d:e"], "q": ["\u{e9}".repeat(256)]})
    ));
    assert!(!wrong(tag(128, 256)));
    for query in [
        tag(0, 1),
        tag(1, 0),
        tag(129, 1),
        tag(1, 257),
        json!({"tag": ["k"]}),
        json!({"tag": vec!["k:v"; 41]}),
        json!({"q": ["x".repeat(257)]}),
    ] {
        assert!(wrong(query.clone()), "{query}");
    }
}

#[test]
fn idempotency_keys_are_bound_to_caller_operation_and_body() {
    let key = |key: &str, body: &str| {
        request(json!({"headers": {"idempotency-key": key}, "body": body})).idempotency("POST /x")
    };
    let first = key("k", r#"{"a": 1, "b": 2}"#).unwrap();
    assert_eq!(
        first,
        key("k", r#"{"a":1,"b":2}"#).unwrap(),
        "white space is no difference"
    );
    assert_ne!(first, key("k", r#"{"a": 2}"#).unwrap());
    for malformed in ["", " ", " k", "k\t", &"k".repeat(256)] {
        assert!(
            matches!(key(malformed, "{}"), Err(Error::Invalid(_))),
            "{malformed:?}"
        );
    }
    assert_eq!(request(json!({})).idempotency("POST /x").unwrap(), None);
}

#[test]
fn what_went_wrong_inside_is_for_the_log() {
    let refused = Error::Refused {
        operation: "dynamodb:PutItem",
        detail: "secret detail".to_owned(),
        source: "secret source".into(),
    };
    let document = serde_json::to_string(&ProblemDocument::new(&refused, "r-1")).unwrap();
    assert!(!document.contains("secret"), "{document}");
    assert!(document.contains("\"instance\":\"r-1\""), "{document}");
}
