//! Logs: one flat JSON object a line, which is what CloudWatch Logs Insights queries.

use std::{fmt, iter, panic};

use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_serde::fields::AsMap as _;
use tracing_subscriber::{
    EnvFilter,
    filter::LevelFilter,
    fmt::{
        FmtContext, FormattedFields, MakeWriter,
        format::{FormatEvent, JsonFields, Writer},
    },
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

/// What `LOG_LEVEL` is about: the platform's own crates. They log no token, no credentials and no bodies.
const OWN: [&str; 18] = [
    "api",
    "application",
    "aws_clients",
    "cicd_template",
    "cloudformation",
    "cloudwatch_logs",
    "codecommit",
    "codepipeline",
    "differences",
    "domain",
    "dynamodb",
    "eventbridge",
    "lambda_edge",
    // Not "lambda": that would be about Lambda's own runtime, too, whose name begins so.
    "lambda_functions",
    "rendering",
    "s3",
    "step_functions",
    "sts",
];

/// Starts logging. `LOG_LEVEL` says how much: error, warn, info (the default), debug or trace.
pub fn init() {
    let level = std::env::var("LOG_LEVEL").ok();
    let level = level
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    logging(filter(level), std::io::stdout).init();
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        tracing::error!(place, "panicked: {}", info.payload_as_str().unwrap_or_default());
    }));
}

/// What is logged at `level`.
///
/// Other crates log warnings at most, whatever the level: at `trace`, Lambda's runtime writes whole events with the callers'
/// tokens, and the SDK writes credentials. The runtime's second report of an error that the edges log themselves is left out.
fn filter(level: LevelFilter) -> EnvFilter {
    let others = level.min(LevelFilter::WARN);
    let quiet = ["lambda_runtime::layers::panic=off".to_owned()];
    OWN.into_iter()
        .map(|name| format!("{name}={level}"))
        .chain(quiet)
        .filter_map(|directive| directive.parse().ok())
        .fold(
            EnvFilter::default().add_directive(others.into()),
            EnvFilter::add_directive,
        )
}

/// What writes the lines that pass `filter` to `writer`.
pub fn logging<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .fmt_fields(JsonFields::new())
        .event_format(Flat)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
}

/// A line: the event's fields, then those of the spans around it, side by side. CloudWatch stamps it.
struct Flat;

impl<S> FormatEvent<S, JsonFields> for Flat
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        if let Ok(Value::Object(own)) = serde_json::to_value(event.field_map()) {
            line.extend(own);
        }
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let fields = extensions
                .get::<FormattedFields<JsonFields>>()
                .and_then(|fields| serde_json::from_str(fields).ok());
            // Two members of one name are no JSON: the nearer one counts.
            if let Some(Value::Object(fields)) = fields {
                for (name, value) in fields {
                    line.entry(name).or_insert(value);
                }
            }
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// An error's causes, the nearest first.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> String {
    let causes = iter::successors(error.source(), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(any(test, feature = "captured"))]
pub mod captured {
    //! Lines that a test reads.

    use std::{
        io,
        sync::{Arc, Mutex, PoisonError},
    };

    use serde_json::Value;
    use tracing::subscriber::DefaultGuard;
    use tracing_subscriber::EnvFilter;

    /// The lines that this thread logs while this lives.
    #[derive(Debug)]
    pub struct Lines {
        written: Written,
        _logging: DefaultGuard,
    }

    impl Default for Lines {
        fn default() -> Self {
            let written = Written::default();
            let writer = written.clone();
            let subscriber = super::logging(EnvFilter::new("info"), move || writer.clone());
            Self {
                written,
                _logging: tracing::subscriber::set_default(subscriber),
            }
        }
    }

    impl Lines {
        /// The lines so far.
        ///
        /// # Panics
        /// If one is no JSON.
        #[must_use]
        #[expect(clippy::expect_used, reason = "a test fails by panicking")]
        pub fn read(&self) -> Vec<Value> {
            let written = self.written.0.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = written
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty());
            lines
                .map(|line| serde_json::from_slice(line).expect("a line is JSON"))
                .collect()
        }
    }

    #[derive(Clone, Debug, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use serde_json::json;

    use super::{captured::Lines, *};

    #[test]
    fn the_level_is_about_the_platform_s_own_crates() {
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let names = |directory: &Path| {
            let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
            let crates = entries.filter(|entry| entry.path().join("Cargo.toml").exists());
            let names = crates.map(|entry| entry.file_name().to_string_lossy().replace('-', "_"));
            names.collect::<Vec<_>>()
        };
        let found: BTreeSet<String> = [names(&shared), names(&shared.join("adapters"))]
            .concat()
            .into_iter()
            .collect();
        // These are in no function.
        let tools = ["event_schemas", "memory", "openapi", "render"].map(str::to_owned);
        let expected: BTreeSet<String> = OWN.map(str::to_owned).into_iter().chain(tools).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn others_log_warnings_at_most_whatever_the_level() {
        let enabled = |level: LevelFilter| {
            let _logging = tracing::subscriber::set_default(logging(filter(level), std::io::sink));
            [
                tracing::enabled!(target: "api::server", tracing::Level::TRACE),
                tracing::enabled!(target: "api::server", tracing::Level::INFO),
                tracing::enabled!(target: "lambda_runtime::layers::api_response", tracing::Level::WARN),
                tracing::enabled!(target: "lambda_runtime::layers::api_response", tracing::Level::INFO),
                tracing::enabled!(target: "lambda_runtime::requests", tracing::Level::TRACE),
                tracing::enabled!(target: "aws_smithy_runtime::client::orchestrator", tracing::Level::DEBUG),
                tracing::enabled!(target: "hyper_util::client", tracing::Level::TRACE),
            ]
        };
        assert_eq!(
            enabled(LevelFilter::TRACE),
            [true, true, true, false, false, false, false]
        );
        assert_eq!(
            enabled(LevelFilter::INFO),
            [false, true, true, false, false, false, false]
        );
        assert_eq!(enabled(LevelFilter::ERROR), [false; 7]);
    }

    #[test]
    fn a_line_is_flat_and_names_nothing_twice() {
        let lines = Lines::default();
        let outer = tracing::error_span!("outer", requestId = "r-1", step = tracing::field::Empty);
        outer.record("step", "Prepare");
        outer.record("step", "Render");
        let inner = tracing::info_span!(parent: &outer, "inner", requestId = "r-2", deploymentId = "d");
        inner.in_scope(|| tracing::warn!(deploymentId = "e", durationMs = 1.5, "a \"word\""));
        tracing::info!("alone");
        assert_eq!(
            lines.read(),
            [
                json!({"level": "WARN", "message": "a \"word\"", "deploymentId": "e", "durationMs": 1.5, "requestId": "r-2",
                       "step": "Render"}),
                json!({"level": "INFO", "message": "alone"}),
            ]
        );
    }
}
