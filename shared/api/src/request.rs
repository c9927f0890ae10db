//! Requests as API Gateway passes them on.

use std::{collections::HashMap, str::FromStr};

use application::records::idempotency::Idempotency;
use aws_lambda_events::{apigw::ApiGatewayProxyRequest, http::HeaderValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Error, Pointer, Problems, Result,
    audit::AuditEntry,
    clock,
    input::{self, FromInput},
    permissions::Caller,
    request::IdempotencyKey,
    revision::Revision,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    audit,
    entity_tags::IfMatch,
    json::{self, MAX_BODY_BYTES},
    query::Query,
    token::{self, Clients},
};

const TOO_LARGE: Error = Error::TooLarge {
    limit: MAX_BODY_BYTES,
};

/// A header that the API reads has at most so many bytes; the token's is bounded by API Gateway.
const MAX_HEADER_BYTES: usize = 1024;

/// A request of a known caller.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks, as Cognito's token says.
    pub caller: Caller,
    /// When it arrived.
    pub now: OffsetDateTime,
    /// Where the API is, as the caller reached it.
    pub api_url: String,
    path: HashMap<String, String>,
    query: Vec<(String, String)>,
    idempotency_key: Option<String>,
    if_match: Option<String>,
    body: Option<String>,
    /// What it asks for, for the audit trail.
    asked: Option<AuditEntry>,
}

impl Request {
    /// Reads what API Gateway passed on. `clients` are those whose tokens are accepted.
    pub fn parse(event: ApiGatewayProxyRequest, clients: &Clients) -> Result<Self> {
        let caller = token::caller(&event, clients)?;
        let api_url = api_url(&event);
        let header = |name: &str| header(&event, name);
        let now = clock::now();
        let asked = audit::asked_for(&event, &caller, now);
        let (idempotency_key, if_match) = (header("Idempotency-Key")?, header("If-Match")?);
        let body = event.body.filter(|body| !body.is_empty());
        let body = match body {
            Some(body) if event.is_base64_encoded => Some(decoded(&body)?),
            Some(body) => Some(within_limit(body)?),
            None => None,
        };
        let query = event
            .multi_value_query_string_parameters
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(Self {
            caller,
            now,
            api_url,
            path: event.path_parameters,
            query,
            idempotency_key,
            if_match,
            body,
            asked,
        })
    }

    /// What it asks for, for the audit trail: none for what is not audited.
    #[must_use]
    pub fn asked_for(&self) -> Option<AuditEntry> {
        self.asked.clone()
    }

    /// The id `name` in the path. One that is malformed is one that does not exist.
    pub fn id<T: FromStr>(&self, name: &str, what: &'static str) -> Result<T> {
        let id = self.path.get(name).map(String::as_str).unwrap_or_default();
        id.parse().map_err(|_| Error::NotFound {
            what,
            id: id.to_owned(),
        })
    }

    /// Whether the path names the id `name`.
    #[must_use]
    pub fn has_id(&self, name: &str) -> bool {
        self.path.contains_key(name)
    }

    /// The body, parsed; all that is wrong with it otherwise.
    pub fn body<T: FromInput>(&self) -> Result<T> {
        let value = self
            .json()?
            .ok_or_else(|| invalid(&Pointer::root(), "a body in JSON is required"))?;
        Ok(input::parse(&value)?)
    }

    /// The body, parsed, if there is one.
    pub fn optional_body<T: FromInput>(&self) -> Result<Option<T>> {
        match self.json()? {
            None => Ok(None),
            Some(value) => Ok(Some(input::parse(&value)?)),
        }
    }

    /// Refuses a body where the call takes none; an empty object is accepted.
    pub fn no_body(&self) -> Result<()> {
        match self.json()? {
            None => Ok(()),
            Some(Value::Object(members)) if members.is_empty() => Ok(()),
            Some(_) => Err(invalid(&Pointer::root(), "this call takes no body")),
        }
    }

    fn json(&self) -> Result<Option<Value>> {
        let Some(body) = &self.body else { return Ok(None) };
        json::read(body).map(Some)
    }

    /// The query's parameters.
    #[must_use]
    pub fn query(&self) -> Query<'_> {
        Query::new(&self.query)
    }

    /// The idempotency key with what it is bound to: the caller, `operation` and the body.
    pub fn idempotency(&self, operation: impl Into<String>) -> Result<Option<Idempotency>> {
        let Some(key) = &self.idempotency_key else {
            return Ok(None);
        };
        let key = IdempotencyKey::parse(key.as_str()).map_err(|detail| {
            invalid(
                &Pointer::root().child("Idempotency-Key"),
                format!("the header {detail}"),
            )
        })?;
        let body = self.json()?;
        Ok(Some(Idempotency::new(
            &self.caller.username,
            operation.into(),
            key.into(),
            body.as_ref(),
        )))
    }

    /// The revisions that the caller will accept, if the request says (`If-Match`). An entity tag that the API did not make
    /// matches nothing; what is no entity tag is a problem.
    pub fn if_match(&self) -> Result<Option<Vec<Revision>>> {
        let Some(header) = &self.if_match else {
            return Ok(None);
        };
        match IfMatch::parse(header) {
            Some(IfMatch::Any) => Ok(None),
            Some(IfMatch::Revisions(revisions)) => Ok(Some(revisions)),
            None => Err(invalid(
                &Pointer::root().child("If-Match"),
                "the header must be * or entity tags, such as \"3\", separated by commas",
            )),
        }
    }
}

/// Where the API is, as the caller reached it: with the stage, or with the path that a domain of the platform's own maps to it.
fn api_url(event: &ApiGatewayProxyRequest) -> String {
    let context = &event.request_context;
    let scheme = match event.headers.get("x-forwarded-proto").map(HeaderValue::as_bytes) {
        // AWS serves the API over TLS alone.
        Some(b"http") => "http",
        _ => "https",
    };
    let domain = context.domain_name.as_deref().unwrap_or_default();
    // The resource has as many segments as what is behind the API's own path.
    let behind = event.resource.as_deref().unwrap_or_default().matches('/').count();
    let path = context.path.as_deref().unwrap_or_default();
    let own = path
        .rmatch_indices('/')
        .nth(behind.saturating_sub(1))
        .map_or("", |(at, _)| &path[..at]);
    format!("{scheme}://{domain}{own}")
}

/// The header `name`. One that cannot be read is a problem: a change meant for one revision only must not count as one for any.
fn header(event: &ApiGatewayProxyRequest, name: &str) -> Result<Option<String>> {
    let Some(value) = event.headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|text| text.len() <= MAX_HEADER_BYTES);
    let Some(text) = text else {
        return Err(invalid(
            &Pointer::root().child(name),
            format!("the header must have at most {MAX_HEADER_BYTES} printable ASCII characters"),
        ));
    };
    Ok(Some(text.to_owned()))
}

/// A body that API Gateway passed on in base64.
fn decoded(body: &str) -> Result<String> {
    // Four characters for three bytes: what is longer need not be decoded.
    if body.len() / 4 * 3 > MAX_BODY_BYTES + 3 {
        return Err(TOO_LARGE);
    }
    let bytes = STANDARD.decode(body).ok();
    let text = bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid(&Pointer::root(), "the body must be UTF-8"))?;
    within_limit(text)
}

fn within_limit(body: String) -> Result<String> {
    if body.len() <= MAX_BODY_BYTES {
        Ok(body)
    } else {
        Err(TOO_LARGE)
    }
}

/// An error for a single problem.
pub(crate) fn invalid(at: &Pointer, detail: impl Into<String>) -> Error {
    Problems::one(at, detail).into()
}
