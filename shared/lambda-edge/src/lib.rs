//! Where use cases meet Lambda: start-up, settings, telemetry, and a module for each kind of event.

mod batch;
pub mod invocation;
mod metrics;
mod panics;
pub mod queue;
pub mod settings;
pub mod step;
pub mod stream;
pub mod telemetry;

use aws_config::SdkConfig;
use futures_util::future::LocalBoxFuture;

/// Starts a function: its log, and the configuration of its AWS clients.
///
/// Boxed: each function would compile how the SDK finds its configuration for itself.
#[must_use]
pub fn start() -> LocalBoxFuture<'static, SdkConfig> {
    telemetry::init();
    Box::pin(aws_clients::config())
}
