//! Logs: one JSON object a line, which is what CloudWatch Logs Insights queries.

use std::{iter, panic};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// What is quiet whatever `LOG_LEVEL` says: the runtime's second report of an error that the edges log themselves, and
/// the details of requests to AWS, which hold session tokens.
const QUIET: [&str; 3] = ["lambda_runtime::layers::panic=off", "aws=warn", "hyper=warn"];

/// Starts logging. `LOG_LEVEL` says how much (default `info`), in `tracing_subscriber::EnvFilter`'s syntax.
pub fn init() {
    let filter = EnvFilter::builder()
        .with_env_var("LOG_LEVEL")
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let filter = QUIET
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        // CloudWatch stamps each line.
        .without_time()
        .with_env_filter(filter)
        .init();
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        tracing::error!(place, "panicked: {}", info.payload_as_str().unwrap_or_default());
    }));
}

/// An error's causes, the nearest first.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> String {
    let causes = iter::successors(error.source(), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
