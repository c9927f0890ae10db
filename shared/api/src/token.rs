//! Who calls: Cognito's id token, which API Gateway's authorizer has verified.
//!
//! The authorizer passes the claims on as strings. It joins the groups, so that the one group `x,platform-admins` looks like two.
//! Only the token itself says which groups there are. The authorizer also accepts access tokens and the tokens of every client of
//! the user pool, so both are checked here.

use std::collections::BTreeSet;

use aws_lambda_events::{
    apigw::ApiGatewayProxyRequest,
    http::{HeaderMap, header::AUTHORIZATION},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Error, Result,
    permissions::Caller,
    request::RequestId,
    team::{TeamName, Username},
};
use serde::Deserialize;
use serde_json::Value;

/// The clients of the user pool whose tokens the API accepts.
#[derive(Clone, Debug, Default)]
pub struct Clients(BTreeSet<String>);

impl Clients {
    /// The clients in `list`, a list of ids with commas between them.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        let ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
        Self(ids.map(str::to_owned).collect())
    }
}

/// The claims of an id token that the API asks for.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(rename = "cognito:username")]
    username: String,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    token_use: String,
    aud: String,
    #[serde(default)]
    jti: Option<String>,
}

/// The caller of the request `event`. [`Error::Unauthenticated`] if the API does not accept the token.
pub(crate) fn caller(event: &ApiGatewayProxyRequest, clients: &Clients) -> Result<Caller> {
    let no_id_token = Error::Unauthenticated("this is no id token");
    let Some(claims) = claims(token(event)?) else {
        return Err(no_id_token);
    };
    if claims.token_use != "id" {
        return Err(no_id_token);
    }
    if !clients.0.contains(&claims.aud) {
        return Err(Error::Unauthenticated(
            "the token was issued for another application",
        ));
    }
    if !verified(event, &claims) {
        return Err(Error::Unauthenticated(
            "the token is not the one that was verified",
        ));
    }
    let username = Username::parse(claims.username)
        .map_err(|_| Error::Unauthenticated("the token names no user that the platform knows"))?;
    let request_id = event.request_context.request_id.as_deref();
    Ok(Caller {
        username,
        // A group whose name is no team's gives no rights.
        teams: claims
            .groups
            .into_iter()
            .filter_map(|group| TeamName::parse(group).ok())
            .collect(),
        request_id: request_id.and_then(|id| RequestId::parse(id).ok()),
        source_address: event.request_context.identity.source_ip.clone(),
    })
}

/// The token in the one header `Authorization`, with or without `Bearer`. With two of them, the authorizer might have verified the
/// other one.
fn token(event: &ApiGatewayProxyRequest) -> Result<&str> {
    let values = |headers: &HeaderMap| headers.get_all(AUTHORIZATION).iter().count();
    if values(&event.headers) > 1 || values(&event.multi_value_headers) > 1 {
        return Err(Error::Unauthenticated(
            "there is more than one header Authorization",
        ));
    }
    let header = [&event.headers, &event.multi_value_headers]
        .into_iter()
        .find_map(|headers| headers.get(AUTHORIZATION));
    let text = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .trim();
    Ok(match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => text,
    })
}

/// The claims in the payload of `token`; none if it is no id token.
fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let json = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Whether `claims` are those that the authorizer has verified.
fn verified(event: &ApiGatewayProxyRequest, claims: &Claims) -> bool {
    let passed_on = event
        .request_context
        .authorizer
        .fields
        .get("claims")
        .unwrap_or(&Value::Null);
    let is = |name: &str, value: &str| passed_on.get(name).and_then(Value::as_str) == Some(value);
    is("sub", &claims.sub)
        && is("cognito:username", &claims.username)
        && is("aud", &claims.aud)
        && is("token_use", &claims.token_use)
        && claims.jti.as_ref().is_none_or(|jti| is("jti", jti))
}
