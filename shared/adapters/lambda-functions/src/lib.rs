//! The platform's own functions in Lambda.

use std::time::Duration;

use application::hand_on::HandOn;
use aws_clients::Call;
use aws_config::SdkConfig;
use aws_sdk_lambda::{
    Client,
    config::{Builder, timeout::TimeoutConfig},
    primitives::Blob,
};
use domain::{Error, Result};

/// An invocation is answered when the function is done, which other calls do not wait for. More than the function's own limit, so that a
/// try does not end while the function is at work.
const TRY_SECONDS: u64 = 27;

/// A function of the platform's own account.
#[derive(Clone, Debug)]
pub struct Function {
    client: Client,
    name: String,
}

impl Function {
    /// The function with this name or ARN.
    #[must_use]
    pub fn from_config(config: &SdkConfig, name: String) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(Duration::from_secs(TRY_SECONDS))
            .build();
        let config = Builder::from(config).timeout_config(timeouts).build();
        Self {
            client: Client::from_conf(config),
            name,
        }
    }
}

impl HandOn for Function {
    async fn hand_on(&self, request: Vec<u8>) -> Result<Vec<u8>> {
        let call = Call::own("lambda:Invoke");
        let answer = self
            .client
            .invoke()
            .function_name(&self.name)
            .payload(Blob::new(request))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        match answer.function_error {
            None => Ok(payload),
            // It answers every request, so it has crashed or run out of time.
            Some(kind) => Err(Error::Internal(format!(
                "the function {} failed ({kind}): {}",
                self.name,
                String::from_utf8_lossy(&payload)
            ))),
        }
    }
}
