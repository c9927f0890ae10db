//! Requests as API Gateway sends them, with a token that its authorizer has verified.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test fails by panicking; not every test uses all"
)]

use api::{Request, token::Clients};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The client that the tokens are issued for.
pub(crate) const CLIENT: &str = "1example23456789";

/// The claims of an id token of `user`, as Cognito writes them.
pub(crate) fn claims(user: &str, groups: &[&str]) -> Value {
    json!({
        "sub": format!("sub-of-{user}"), "cognito:username": user, "cognito:groups": groups, "aud": CLIENT, "token_use": "id",
        "jti": "9d4f8c1e",
    })
}

/// A token with these claims. Nobody here looks at its signature: the authorizer did.
pub(crate) fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(&json!({"alg": "RS256"})), part(claims))
}

/// The claims as the authorizer passes them on: all of them strings.
pub(crate) fn passed_on(claims: &Value) -> Value {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().map(|item| item.as_str().unwrap()).collect();
            items.join(",")
        }
        other => other.to_string(),
    };
    let claims = claims.as_object().unwrap().iter();
    Value::Object(
        claims
            .map(|(name, value)| (name.clone(), text(value).into()))
            .collect(),
    )
}

/// `event` as sent by a caller with these claims.
pub(crate) fn signed(mut event: Value, claims: &Value) -> Value {
    if !event["headers"].is_object() {
        event["headers"] = json!({});
    }
    event["headers"]["Authorization"] = token(claims).into();
    event["requestContext"]["authorizer"] = json!({"claims": passed_on(claims)});
    event
}

/// The clients whose tokens are accepted.
pub(crate) fn clients() -> Clients {
    Clients::parse(CLIENT)
}

/// What the API reads of `event`, sent by a member of `groups`.
pub(crate) fn request_of(event: Value, user: &str, groups: &[&str]) -> Request {
    let event = signed(event, &claims(user, groups));
    Request::parse(serde_json::from_value(event).unwrap(), &clients()).unwrap()
}
