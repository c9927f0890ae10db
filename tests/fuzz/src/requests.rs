//! Requests as API Gateway passes them on.

use api::{Request, token::Clients};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Error;
use serde_json::{Value, json};

const CLIENT: &str = "1example23456789";

/// What the API reads of a request with this body and this header `Authorization`, which the authorizer has let through with these
/// claims; an error for what API Gateway cannot pass on: no header holds control characters.
pub(crate) fn parsed(body: &str, authorization: &str, claims: &Value) -> domain::Result<Request> {
    let event = json!({
        "resource": "/pipelines", "path": "/pipelines", "httpMethod": "POST", "headers": {"Authorization": authorization},
        "multiValueHeaders": {}, "queryStringParameters": null, "multiValueQueryStringParameters": null,
        "pathParameters": null, "stageVariables": null, "body": body, "isBase64Encoded": false,
        "requestContext": {"requestId": "r-1", "httpMethod": "POST", "authorizer": {"claims": claims}},
    });
    let event = serde_json::from_value(event).map_err(|error| Error::Internal(error.to_string()))?;
    Request::parse(event, &Clients::parse(CLIENT))
}

/// The claims of a member of the team research, as Cognito writes them.
pub(crate) fn claims() -> Value {
    json!({"sub": "s-1", "cognito:username": "alice", "cognito:groups": "research", "aud": CLIENT, "token_use": "id", "jti": "9d4f8c1e"})
}

/// A token with these claims. Nobody in the API looks at its signature: the authorizer did.
pub(crate) fn token(claims: &[u8]) -> String {
    let part = |content: &[u8]| URL_SAFE_NO_PAD.encode(content);
    format!(
        "{}.{}.{}",
        part(br#"{"alg":"RS256"}"#),
        part(claims),
        part(b"signature")
    )
}
