//! Errors as problem documents (RFC 9457): the one place that knows which error is which HTTP status.

use domain::{Error, Pointer, Problem};
use serde::Serialize;

/// A problem document.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ProblemDocument))]
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
            Error::Internal(_) | Error::Panic { .. } | Error::Refused { .. } => {
                "the platform failed; its operators find the cause under this instance".to_owned()
            }
            error => error.to_string(),
        };
        let errors = if let Error::Invalid(problems) = error {
            listed(problems.as_slice())
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

/// An answer lists at most so many problems.
const MAX_PROBLEMS: usize = 50;

/// The first of `problems`; the last one listed says how many more there are.
fn listed(problems: &[Problem]) -> Vec<Problem> {
    if problems.len() <= MAX_PROBLEMS {
        return problems.to_vec();
    }
    let (first, more) = problems.split_at(MAX_PROBLEMS - 1);
    let rest = Problem {
        pointer: Pointer::root(),
        detail: format!("there are {} more problems", more.len()),
    };
    first.iter().cloned().chain([rest]).collect()
}

fn status(error: &Error) -> (u16, &'static str) {
    match error {
        Error::Invalid(_) => (400, "Bad input"),
        Error::Unauthenticated(_) => (401, "Not signed in"),
        Error::Forbidden(_) | Error::EnvironmentNotAllowed(_) => (403, "Not allowed"),
        Error::NotFound { .. } | Error::RevisionNotKept { .. } => (404, "Not found"),
        Error::ConcurrentChange(_) => (409, "Changed at the same time"),
        Error::Stale { .. } => (412, "Stale"),
        Error::TooLarge { .. } | Error::FileTooLarge { .. } => (413, "Too large"),
        Error::IdempotencyKeyReused => (422, "Idempotency key used before"),
        Error::Throttled { .. } | Error::TooManyRequests { .. } => (429, "Too many requests"),
        Error::QuotaExceeded(_) => (409, "Quota exceeded"),
        Error::ServiceUnavailable { .. } => (503, "Unavailable"),
        Error::Conflict(_)
        // Or something must be done elsewhere first.
        | Error::EnvironmentNotBootstrapped { .. }
        | Error::EnvironmentRoleNotAssumable { .. }
        | Error::PipelinesNotAllowed { .. }
        | Error::AccessDenied { .. }
        | Error::RepositoryNotOurs(_)
        | Error::RepositoryConflict(_)
        | Error::RepositoryUnavailable(_)
        | Error::StackNotOurs(_)
        | Error::StackFailed { .. }
        | Error::StackProtected { .. }
        | Error::StackNotDeleted { .. }
        | Error::BucketNotEmptied { .. }
        | Error::RunUnderWay { .. }
        | Error::DeploymentTimedOut { .. }
        | Error::DeletionTimedOut { .. }
        | Error::DeploymentSuperseded(_)
        | Error::DeploymentFailed { .. }
        | Error::PipelinesFailed { .. }
        | Error::WorkflowNotStarted { .. }
        | Error::ExecutionStopped { .. }
        | Error::ExecutionTimedOut { .. } => (409, "Conflict"),
        Error::Refused { .. } | Error::Internal(_) | Error::Panic { .. } => (500, "Internal error"),
    }
}

/// What every call may answer when it fails, for the OpenAPI document.
#[cfg(feature = "schema")]
#[derive(utoipa::IntoResponses)]
pub enum ProblemResponses {
    /// Bad input: every problem, with a pointer to it
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(ProblemDocument),
    /// No valid id token of one of the platform's clients
    #[response(status = 401, content_type = "application/problem+json", headers(("WWW-Authenticate" = String, description = "Bearer")))]
    Unauthorized(ProblemDocument),
    /// Not for this caller
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDocument),
    /// Not there, or not to be seen by this caller
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemDocument),
    /// The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemDocument),
    /// `If-Match` names another revision than the present one
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(ProblemDocument),
    /// The body is larger than any that the API takes
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemDocument),
    /// The `Idempotency-Key` was used with another request
    #[response(status = 422, content_type = "application/problem+json")]
    IdempotencyKeyReused(ProblemDocument),
    /// Too many requests: try again after `Retry-After`
    #[response(status = 429, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "In so many seconds")))]
    Throttled(ProblemDocument),
    /// A fault of the platform's own
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemDocument),
    /// The function behind the call did not answer properly: try again in a moment
    #[response(status = 502, content_type = "application/problem+json")]
    BadGateway(ProblemDocument),
    /// Try again in a moment
    #[response(status = 503, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "In so many seconds")))]
    Unavailable(ProblemDocument),
    /// The function behind the call did not answer in time: read the record before trying again
    #[response(status = 504, content_type = "application/problem+json")]
    TimedOut(ProblemDocument),
}
