//! The template that accounts' owners get, and the commands that name it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use api::{
    Platform, Request,
    environments::{EnvironmentView, Setup, template},
};
use application::linked_accounts::role_template::{TEMPLATE, version};
use aws_lambda_events::{
    apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse},
    encodings::Body,
};
use domain::{
    account::AccountId,
    environment::{Environment, EnvironmentProblem},
    names::EventBusArn,
    permissions::Caller,
    prefix::Prefix,
    team::{TeamName, Username},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn ask(asked: &str, headers: &Value) -> ApiGatewayProxyResponse {
    let event = json!({
        "resource": "/environment-template/{version}", "path": format!("/environment-template/{asked}"), "httpMethod": "GET",
        "headers": headers, "pathParameters": {"version": asked}, "requestContext": {"requestId": "r-1", "httpMethod": "GET"},
    });
    template::handle(&serde_json::from_value::<ApiGatewayProxyRequest>(event).unwrap())
}

fn header<'r>(response: &'r ApiGatewayProxyResponse, name: &str) -> &'r str {
    response.headers[name].to_str().unwrap()
}

#[test]
fn a_version_is_the_file_that_it_names_and_never_changes() {
    let response = ask(version(), &json!({}));
    assert_eq!(response.status_code, 200);
    let Some(Body::Text(body)) = &response.body else {
        panic!("no body")
    };
    assert_eq!(body, TEMPLATE);
    let digest = format!("{:x}", Sha256::digest(body));
    assert_eq!(header(&response, "etag"), format!("\"{}\"", &digest[..12]));
    assert_eq!(header(&response, "content-type"), "application/yaml");
    assert!(header(&response, "cache-control").contains("immutable"));
    let latest = ask("latest", &json!({}));
    assert_eq!(latest.body, response.body);
    assert!(!header(&latest, "cache-control").contains("immutable"));
}

#[test]
fn who_has_it_gets_it_once() {
    for (known, status) in [
        (format!("\"{}\"", version()), 304),
        (format!("\"other\", \"{}\"", version()), 304),
        ("\"other\"".to_owned(), 200),
    ] {
        let response = ask(version(), &json!({"If-None-Match": known}));
        assert_eq!(response.status_code, status, "{known}");
        assert_eq!(response.body.is_some(), status == 200);
    }
}

#[test]
fn another_version_is_not_there_and_says_which_is() {
    let response = ask("0123456789ab", &json!({}));
    assert_eq!(response.status_code, 404);
    let Some(Body::Text(body)) = &response.body else {
        panic!("no body")
    };
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["type"], "urn:dataall:problem:NotFound");
    assert!(
        problem["detail"].as_str().unwrap().contains(version()),
        "{problem}"
    );
}

fn request(context: &Value, headers: &Value) -> Request {
    let mut event = json!({
        "resource": "/environments/{environmentId}", "path": "/environments/env-1", "httpMethod": "GET", "headers": headers,
        "requestContext": {"requestId": "r-1", "httpMethod": "GET"},
    });
    for (name, value) in context.as_object().unwrap() {
        event["requestContext"][name] = value.clone();
    }
    support::request_of(event, "alice", &["research"])
}

#[test]
fn commands_name_the_api_as_it_was_reached() {
    for (context, headers, url) in [
        (
            json!({"domainName": "a1b2.execute-api.eu-west-1.amazonaws.com", "path": "/v1/environments/env-1"}),
            json!({"X-Forwarded-Proto": "https"}),
            "https://a1b2.execute-api.eu-west-1.amazonaws.com/v1",
        ),
        (
            json!({"domainName": "pipelines.example.com", "path": "/environments/env-1"}),
            json!({}),
            "https://pipelines.example.com",
        ),
        (
            json!({"domainName": "example.com", "path": "/pipelines/api/environments/env-1"}),
            json!({}),
            "https://example.com/pipelines/api",
        ),
        (
            json!({"domainName": "localhost:4566", "path": "/restapis/a1/v1/_user_request_/environments/env-1"}),
            json!({"X-Forwarded-Proto": "http"}),
            "http://localhost:4566/restapis/a1/v1/_user_request_",
        ),
    ] {
        assert_eq!(request(&context, &headers).api_url, url);
    }
}

fn environment() -> Environment {
    serde_json::from_value(json!({
        "id": "env-dev00001", "label": "dev", "accountId": "222222222222", "region": "eu-west-1", "team": "research",
        "invitedTeams": ["marketing"], "externalId": "3b1f8c1e-2f5a", "status": "FAILED", "pipelineCount": 0, "revision": 1,
        "owner": "alice", "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
        "problems": [{"code": "EnvironmentRoleNotAssumable", "detail": "no"}],
    }))
    .unwrap()
}

fn seen_by(team: &str) -> EnvironmentView {
    let setup = Setup {
        platform: Platform {
            prefix: Prefix::default(),
            account_id: AccountId::parse("000000000000").unwrap(),
        },
        event_bus_arn: EventBusArn::parse(
            "arn:aws:events:eu-west-1:000000000000:event-bus/dataall-pipelines",
        )
        .unwrap(),
    };
    let caller = Caller {
        username: Username::parse("somebody").unwrap(),
        teams: [TeamName::parse(team).unwrap()].into(),
        request_id: None,
        source_address: None,
    };
    EnvironmentView::new(&setup, &environment(), &caller, "https://api.example.com/v1")
}

#[test]
fn the_owner_gets_a_command_for_each_choice_and_others_get_none() {
    let owner = seen_by("research");
    let template = format!("https://api.example.com/v1/environment-template/{}", version());
    let setup = owner.setup.unwrap();
    assert!(
        setup[0].starts_with("npx aws-cdk@") && !setup[0].contains("--cloudformation-execution-policies"),
        "{}",
        setup[0]
    );
    assert!(
        setup[1].starts_with(&format!("curl -fsSo environment.yaml {template} && ")),
        "{}",
        setup[1]
    );
    assert!(
        !setup[1].contains(" Pipelines="),
        "an update keeps what was chosen"
    );
    let choices = owner.setup_choices.unwrap();
    let parameters: Vec<_> = choices
        .iter()
        .map(|choice| choice.command.rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(
        parameters,
        [
            "Pipelines=none",
            "Pipelines=delivering",
            "Pipelines=self-mutating"
        ]
    );
    let [EnvironmentProblem { command, .. }] = &owner.problems[..] else {
        panic!("one problem")
    };
    assert_eq!(command.as_ref(), Some(&setup[1]));
    let other = serde_json::to_value(seen_by("marketing")).unwrap();
    assert!(!other.to_string().contains("3b1f8c1e-2f5a"), "{other}");
    assert!(
        other.get("setup").is_none() && other.get("setupChoices").is_none(),
        "{other}"
    );
}
