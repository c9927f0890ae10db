//! Requests as API Gateway sends them, problems as clients read them.
#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that panics has failed; values read better"
)]

use api::{Request, problem::ProblemDocument};
use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use domain::{Error, ids::EnvironmentId, revision::Revision};
use serde_json::{Value, json};

/// An event of API Gateway with `change` laid over it.
fn event(change: Value) -> ApiGatewayProxyRequest {
    let mut event = json!({
        "resource": "/environments/{environmentId}", "path": "/environments/env-a1234567", "httpMethod": "PATCH",
        "headers": {}, "multiValueHeaders": {}, "queryStringParameters": null,
        "multiValueQueryStringParameters": null, "pathParameters": {"environmentId": "env-a1234567"},
        "stageVariables": null, "body": null, "isBase64Encoded": false,
        "requestContext": {
            "requestId": "r-1", "httpMethod": "PATCH",
            "authorizer": {"claims": {"cognito:username": "alice", "cognito:groups": "research,platform-admins"}},
        },
    });
    for (key, value) in change.as_object().unwrap() {
        event[key] = value.clone();
    }
    serde_json::from_value(event).unwrap()
}

fn request(change: Value) -> Request {
    Request::parse(event(change)).unwrap()
}

fn teams(claims: Value) -> Vec<String> {
    let context =
        json!({"requestContext": {"requestId": "r", "httpMethod": "GET", "authorizer": {"claims": claims}}});
    Request::parse(event(context))
        .unwrap()
        .caller
        .teams
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn groups_arrive_in_several_forms() {
    let user = "cognito:username";
    assert_eq!(teams(json!({user: "a", "cognito:groups": "x,y"})), ["x", "y"]);
    assert_eq!(teams(json!({user: "a", "cognito:groups": "[x y]"})), ["x", "y"]);
    assert_eq!(teams(json!({user: "a", "cognito:groups": "[x]"})), ["x"]);
    assert_eq!(teams(json!({user: "a"})), [""; 0]);
}

#[test]
fn a_token_without_a_user_is_nobody() {
    let context = json!({"requestContext": {"requestId": "r", "httpMethod": "GET", "authorizer": {}}});
    assert!(matches!(Request::parse(event(context)), Err(Error::Forbidden(_))));
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
fn if_match_takes_lists_and_any_and_never_matches_what_is_no_tag() {
    let expected = |header: &str| request(json!({"headers": {"If-Match": header}})).if_match();
    assert_eq!(expected("\"1\", \"2\""), Some(vec![Revision(1), Revision(2)]));
    assert_eq!(expected("*"), None);
    assert_eq!(expected("W/\"1\""), Some(vec![]));
    assert_eq!(request(json!({})).if_match(), None);
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
    assert!(matches!(key("", "{}"), Err(Error::Invalid(_))));
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
