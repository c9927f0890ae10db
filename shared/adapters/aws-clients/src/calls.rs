//! How many AWS calls there were, how long the process waited for them (what is left is the platform's own work), what they
//! consumed, and which one was the last.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// The calls since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calls {
    /// How many requests were sent: tries that were repeated count each.
    pub count: u32,
    /// How long at least one request was waiting for its answer: concurrent calls count once.
    pub waited: Duration,
    /// The read capacity units that DynamoDB says it took for the calls that it answered.
    pub read_units: f64,
    /// The write capacity units that DynamoDB says it took for the calls that it answered.
    pub write_units: f64,
}

impl Calls {
    /// The calls since the process began.
    #[must_use]
    pub fn until_now() -> Self {
        meter().calls
    }

    /// The calls between `earlier` and this.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            count: self.count - earlier.count,
            waited: self.waited.saturating_sub(earlier.waited),
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
        }
    }

    /// The call that was sent last, `dynamodb:GetItem`, if one was sent since `earlier`. It is what a function waits for: for the
    /// answer, or for the next try.
    #[must_use]
    pub fn latest(earlier: Self) -> Option<String> {
        let meter = meter();
        (meter.calls.count > earlier.count).then(|| meter.latest.clone())
    }

    /// Counts what a call has consumed: so many read and write capacity units.
    pub fn consumed(read_units: f64, write_units: f64) {
        let mut meter = meter();
        meter.calls.read_units += read_units;
        meter.calls.write_units += write_units;
    }
}

#[derive(Debug, Default)]
struct Meter {
    calls: Calls,
    waiting: u32,
    since: Option<Instant>,
    latest: String,
}

/// A Lambda function's process serves one event at a time, so one meter does.
static METER: Mutex<Meter> = Mutex::new(Meter {
    calls: Calls {
        count: 0,
        waited: Duration::ZERO,
        read_units: 0.0,
        write_units: 0.0,
    },
    waiting: 0,
    since: None,
    latest: String::new(),
});

fn meter() -> MutexGuard<'static, Meter> {
    METER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request on its way; dropped when it is answered, or given up.
struct Waiting;

impl Waiting {
    fn begin(call: String) -> Self {
        let mut meter = meter();
        meter.latest = call;
        meter.calls.count += 1;
        meter.waiting += 1;
        meter.since.get_or_insert_with(Instant::now);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut meter = meter();
        meter.waiting -= 1;
        if meter.waiting == 0
            && let Some(since) = meter.since.take()
        {
            meter.calls.waited += since.elapsed();
        }
    }
}

/// An HTTP client whose requests are counted.
#[derive(Debug)]
pub(crate) struct Metered(pub(crate) SharedHttpClient);

impl HttpClient for Metered {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(MeteredConnector(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct MeteredConnector(SharedHttpConnector);

impl HttpConnector for MeteredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let waiting = Waiting::begin(name_of(&request));
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            drop(waiting);
            answer
        })
    }
}

/// What a request calls, as IAM names it: the service is in its signature, the operation in a header, in a form or, of S3 and the
/// like, in method and path.
fn name_of(request: &HttpRequest) -> String {
    let header = |name| request.headers().get(name).unwrap_or_default();
    let service = header("authorization")
        .split('/')
        .nth(3)
        .unwrap_or("an AWS service");
    let form = || {
        let body = std::str::from_utf8(request.body().bytes()?).ok()?;
        body.strip_prefix("Action=")?.split('&').next()
    };
    match header("x-amz-target").rsplit('.').next() {
        Some(operation) if !operation.is_empty() => format!("{service}:{operation}"),
        _ => match form() {
            Some(operation) => format!("{service}:{operation}"),
            None => format!("{service}:{}", request.method()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_calls_are_counted_each_and_waited_for_once() {
        let before = Calls::until_now();
        let one = Waiting::begin(String::new());
        let other = Waiting::begin(String::new());
        drop(one);
        let between = Calls::until_now().since(before);
        assert_eq!(
            (between.count, between.waited),
            (2, Duration::ZERO),
            "one is still on its way"
        );
        drop(other);
        let after = Calls::until_now().since(before);
        assert!(after.count == 2 && after.waited > Duration::ZERO);
    }

    #[test]
    fn what_calls_consume_adds_up() {
        let before = Calls::until_now();
        Calls::consumed(0.5, 0.0);
        Calls::consumed(1.0, 6.0);
        let after = Calls::until_now().since(before);
        assert!(after.read_units >= 1.5 && after.write_units >= 6.0, "{after:?}");
    }
}
