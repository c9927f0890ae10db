//! What all AWS adapters share: the SDK's set-up and the translation of its errors.

mod calls;
mod errors;
#[cfg(feature = "replay")]
pub mod replay;

pub use calls::Calls;
pub use errors::{Call, code, message};

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use std::time::Duration;

/// How long a try of a call may take. A function has time for two that hang and one that does not, which
/// `tests/infra/test_platform_template.py` holds against the functions' own limits; when even that is not enough, the function says
/// which call it waited for before Lambda ends it (`lambda-edge`).
const TRY_SECONDS: u64 = 5;

/// The SDK's configuration from the function's environment. Call it once, at start-up.
///
/// Calls are tried up to four times within the SDK, with backoff and jitter; the state machine retries beyond that.
pub async fn config() -> SdkConfig {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(TRY_SECONDS))
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(calls::Metered(http))
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts)
        .load()
        .await
}
