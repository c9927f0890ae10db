//! Errors as problem documents (RFC 9457): the one place that knows which error is which HTTP status.

use domain::{Error, Problem};
use serde::Serialize;

/// A problem document.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemDocument {
    /// What kind of problem: stable.
    pub r#type: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what to do.
    pub detail: String,
    /// The request's id: it finds the request in the platform's logs.
    pub instance: String,
    /// What is wrong with the input, each with a pointer to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Problem>,
}

impl ProblemDocument {
    /// What a client reads of `error` in answer to the request `request_id`.
    #[must_use]
    pub fn new(error: &Error, request_id: &str) -> Self {
        let (status, title) = status(error);
        let detail = match error {
            // What went wrong inside is for the log.
            Error::Internal(_) | Error::Refused { .. } => {
                "the platform failed; its operators find the cause under this instance".to_owned()
            }
            error => error.to_string(),
        };
        let errors = if let Error::Invalid(problems) = error {
            problems.as_slice().to_vec()
        } else {
            Vec::new()
        };
        Self {
            r#type: format!("urn:dataall:problem:{}", error.name()),
            title,
            status,
            detail,
            instance: request_id.to_owned(),
            errors,
        }
    }
}

fn status(error: &Error) -> (u16, &'static str) {
    match error {
        Error::Invalid(_) => (400, "Bad input"),
        Error::Forbidden(_) => (403, "Not allowed"),
        Error::NotFound { .. } => (404, "Not found"),
        Error::ConcurrentChange(_) => (409, "Changed at the same time"),
        Error::Stale { .. } => (412, "Stale"),
        Error::IdempotencyKeyReused => (422, "Idempotency key used before"),
        Error::Throttled { .. } => (429, "Too many requests"),
        Error::ServiceUnavailable { .. } => (503, "Unavailable"),
        Error::Conflict(_)
        // Or something must be done elsewhere first.
        | Error::EnvironmentNotBootstrapped { .. }
        | Error::EnvironmentRoleNotAssumable { .. }
        | Error::AccessDenied { .. }
        | Error::RepositoryNotOurs(_)
        | Error::RepositoryUnavailable(_)
        | Error::StackNotOurs(_)
        | Error::StackFailed { .. }
        | Error::StrategyNotAvailable(_)
        | Error::DeploymentTimedOut { .. }
        | Error::DeploymentSuperseded(_) => (409, "Conflict"),
        Error::Refused { .. } | Error::Internal(_) => (500, "Internal error"),
    }
}
