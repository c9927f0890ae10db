//! One piece of a function's work: a request, a step, a message. What is known of it stands in every line that is logged
//! meanwhile, and the last line says where its time went.

use std::time::{Duration, Instant, SystemTime};

use aws_clients::Calls;
use domain::{Error, Result};
use lambda_runtime::Context;
use tracing::{Instrument as _, Span, field::Empty};

/// A piece of work that has begun.
#[derive(Debug)]
pub struct Invocation {
    span: Span,
    told: Vec<(&'static str, String)>,
    begun: Instant,
    /// When Lambda ends the function, if it says so.
    ends: Option<Instant>,
    before: Calls,
}

/// So much of a function's time is left for telling how its work went.
const TELLING: Duration = Duration::from_secs(1);

/// Where the time went, and what it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The calls of AWS meanwhile.
    pub calls: Calls,
}

impl Invocation {
    /// Begins a piece of the work that Lambda calls for.
    #[must_use]
    pub fn begin(context: &Context) -> Self {
        // An error's level: no `LOG_LEVEL` takes the ids off the lines that it lets pass.
        let span = tracing::error_span!(
            "invocation",
            step = Empty,
            pipelineId = Empty,
            deploymentId = Empty,
            environmentId = Empty,
            redeploymentId = Empty,
            runId = Empty,
            requestId = Empty,
            invocationId = Empty,
            traceId = Empty,
            durationMs = Empty,
            awsCalls = Empty,
            awsCallsMs = Empty,
            ownMs = Empty,
            readUnits = Empty,
            writeUnits = Empty,
        );
        let mut invocation = Self {
            span,
            told: Vec::new(),
            begun: Instant::now(),
            ends: ends(context.deadline),
            before: Calls::until_now(),
        };
        invocation.tell("invocationId", &context.request_id);
        invocation.tell("traceId", context.xray_trace_id.as_deref().map_or("", trace_id));
        invocation
    }

    /// Adds `value` to every log line from now on: one of the names that [`Self::begin`] declares; nothing if it is empty.
    pub fn tell(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() {
            self.span.record(name, value);
            self.told.retain(|(told, _)| *told != name);
            self.told.push((name, value.to_owned()));
        }
    }

    /// What the lines say.
    #[must_use]
    pub fn told(&self) -> &[(&'static str, String)] {
        &self.told
    }

    /// The span in which the work is done. Use cases may record on it the ids that they come to know.
    #[must_use]
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// What `work` gives, done in the invocation's span; [`Error::ServiceUnavailable`] with the call that it made last if Lambda
    /// would end the function before: nobody learns anything from a function that was ended.
    pub async fn within_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let work = work.instrument(self.span.clone());
        let Some(ends) = self.ends else { return work.await };
        let left = ends
            .saturating_duration_since(Instant::now())
            .saturating_sub(TELLING);
        tokio::time::timeout(left, work).await.unwrap_or_else(|_| {
            Err(Error::ServiceUnavailable {
                // There are as many names as the platform has calls. Without one it never began: what came before took the time.
                operation: Calls::latest(self.before).map_or("its beginning", |call| call.leak()),
                source: "no answer within the time that the function has".into(),
            })
        })
    }

    /// Ends the work: the lines from now on, the last, have its figures.
    pub fn end(&mut self) -> Figures {
        let calls = Calls::until_now().since(self.before);
        let figures = Figures {
            duration_ms: milliseconds(self.begun.elapsed()),
            calls,
        };
        let waited = milliseconds(calls.waited);
        self.span.record("durationMs", figures.duration_ms);
        self.span.record("awsCalls", calls.count);
        self.span.record("awsCallsMs", waited);
        // What is the platform's own work.
        self.span.record("ownMs", tenths(figures.duration_ms - waited));
        self.span.record("readUnits", calls.read_units);
        self.span.record("writeUnits", calls.write_units);
        figures
    }
}

/// When Lambda ends the function: `deadline` in milliseconds since 1970; none for 0.
fn ends(deadline: u64) -> Option<Instant> {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let left = Duration::from_millis(deadline).saturating_sub(since_1970);
    (deadline > 0).then(|| Instant::now() + left)
}

/// The id of the trace in X-Ray's header, `Root=1-…;Parent=…;Sampled=1`.
fn trace_id(header: &str) -> &str {
    let mut parts = header.split(';');
    parts
        .find_map(|part| part.strip_prefix("Root="))
        .unwrap_or_default()
}

/// Milliseconds, to a tenth.
fn milliseconds(duration: Duration) -> f64 {
    tenths(duration.as_secs_f64() * 1e3)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::telemetry::captured::Lines;

    #[test]
    fn lines_say_what_is_known_when_they_are_logged() {
        let lines = Lines::default();
        let mut context = Context::default();
        context.request_id = "i-1".to_owned();
        context.xray_trace_id =
            Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".to_owned());
        let mut invocation = Invocation::begin(&context);
        invocation.tell("pipelineId", "k3j9x0ab");
        invocation.tell("deploymentId", "");
        invocation.span().in_scope(|| tracing::info!("within"));
        Calls::consumed(0.5, 2.0);
        let figures = invocation.end();
        invocation.span().in_scope(|| {
            Span::current().record("deploymentId", "d");
            tracing::info!("last");
        });
        let lines = lines.read();
        assert_eq!(lines[0]["invocationId"], "i-1");
        assert_eq!(lines[0]["traceId"], "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(lines[0]["pipelineId"], "k3j9x0ab");
        assert!(lines[0].get("deploymentId").is_none() && lines[0].get("durationMs").is_none());
        assert_eq!(lines[1]["deploymentId"], "d");
        assert_eq!(lines[1]["durationMs"], figures.duration_ms);
        assert_eq!(
            (&lines[1]["readUnits"], &lines[1]["writeUnits"]),
            (&0.5.into(), &2.0.into())
        );
        assert_eq!(lines[1]["awsCalls"], 0);
    }

    #[tokio::test]
    async fn work_that_hangs_ends_before_lambda_ends_the_function() {
        let mut context = Context::default();
        let deadline = SystemTime::now() + TELLING + Duration::from_millis(50);
        let since_1970 = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        context.deadline = u64::try_from(since_1970.as_millis()).unwrap();
        let invocation = Invocation::begin(&context);
        assert_eq!(invocation.within_time(ready(Ok(1))).await.unwrap(), 1);
        let hung = invocation.within_time(pending::<Result<()>>()).await.unwrap_err();
        assert!(hung.retryable(), "{hung:?}");
        assert!(SystemTime::now() < deadline);
    }
}
