//! Where use cases meet Lambda: start-up, settings, telemetry, and a module for each kind of event.

pub mod invocation;
mod metrics;
mod panics;
pub mod queue;
pub mod settings;
pub mod step;
pub mod telemetry;

use aws_config::SdkConfig;

/// Starts a function: its log, and the configuration of its AWS clients.
pub async fn start() -> SdkConfig {
    telemetry::init();
    aws_clients::config().await
}
