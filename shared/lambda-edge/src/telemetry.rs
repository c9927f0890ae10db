//! Logs: one JSON object a line, which is what CloudWatch Logs Insights queries.

use tracing_subscriber::EnvFilter;

/// Starts logging. `LOG_LEVEL` says how much (default `info`), in `tracing_subscriber::EnvFilter`'s syntax.
pub fn init() {
    let level = EnvFilter::builder()
        .with_env_var("LOG_LEVEL")
        .with_default_directive(tracing_subscriber::filter::LevelFilter::INFO.into());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        // CloudWatch stamps each line.
        .without_time()
        .with_env_filter(level.from_env_lossy())
        .init();
}
