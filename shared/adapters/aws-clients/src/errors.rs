//! From the SDK's errors to the domain's.

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::{Error, Result};

/// Codes by which AWS services ask to slow down.
///
/// `LimitExceededException` is none of them: CloudFormation and CodePipeline say so of quotas, which do not pass by themselves.
const THROTTLING: [&str; 9] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ProvisionedThroughputExceededException",
    // Step Functions, for open executions.
    "ExecutionLimitExceeded",
    "SlowDown",
];

/// Codes by which AWS services refuse for lack of a permission.
const DENIED: [&str; 4] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AccessDeniedFault",
];

/// The code of a service's error, such as `ThrottlingException`; none if there was no answer.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// The message of a service's error.
pub fn message<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> &str {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message)
        .unwrap_or_default()
}

/// Which call failed and where: what an error needs to say.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The service and operation, such as `cloudformation:CreateStack`.
    pub operation: &'static str,
    /// The account in which it was called; empty for the platform's own.
    pub account: &'a str,
}

impl<'a> Call<'a> {
    /// A call in a linked account.
    #[must_use]
    pub const fn in_account(operation: &'static str, account: &'a str) -> Self {
        Self { operation, account }
    }

    /// A call in the platform's own account.
    #[must_use]
    pub const fn own(operation: &'static str) -> Self {
        Self {
            operation,
            account: "",
        }
    }

    /// What the service answered; none if it refused with the code `absent`, by which it says that there is no such thing.
    pub fn found<T, E>(
        self,
        answer: std::result::Result<T, SdkError<E, HttpResponse>>,
        absent: &str,
    ) -> Result<Option<T>>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if code(&error) == Some(absent) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The domain's error for what no caller handles by itself: throttling, faults, missing permissions, refusals.
    pub fn failed<E>(self, error: SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let operation = self.operation;
        let status = error
            .raw_response()
            .map_or(0, |response| response.status().as_u16());
        let code = code(&error).unwrap_or_default();
        if THROTTLING.contains(&code) || status == 429 {
            return Error::Throttled {
                operation,
                source: error.into(),
            };
        }
        if DENIED.contains(&code) {
            let account = if self.account.is_empty() {
                "of the platform"
            } else {
                self.account
            };
            return Error::AccessDenied {
                operation,
                account: account.to_owned(),
                detail: message(&error).to_owned(),
            };
        }
        let answered = error.as_service_error().is_some();
        if !answered || status >= 500 {
            return Error::ServiceUnavailable {
                operation,
                source: error.into(),
            };
        }
        let detail = format!("{code}: {}", message(&error));
        Error::Refused {
            operation,
            detail,
            source: error.into(),
        }
    }
}
