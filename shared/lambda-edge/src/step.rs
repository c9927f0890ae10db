//! A step of the workflow as a Lambda function: a state's input in, its result or a named error out.

use std::{any::Any, panic::AssertUnwindSafe, time::Instant};

use application::workflow::StepInput;
use aws_clients::Calls;
use domain::Error;
use futures_util::FutureExt as _;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::telemetry::causes;

/// Answers the events of the state `step` until Lambda ends the function.
pub async fn run<I, O>(
    step: &'static str,
    work: impl AsyncFn(I) -> domain::Result<O>,
) -> Result<(), lambda_runtime::Error>
where
    I: DeserializeOwned + StepInput,
    O: Serialize,
{
    lambda_runtime::run(service_fn(|event| answer(step, &work, event))).await
}

async fn answer<I, O>(
    step: &'static str,
    work: &impl AsyncFn(I) -> domain::Result<O>,
    event: LambdaEvent<Value>,
) -> Result<O, Diagnostic>
where
    I: DeserializeOwned + StepInput,
{
    let begun = Instant::now();
    let calls = Calls::until_now();
    let (input, context) = event.into_parts();
    let mut subject = Subject {
        request: context.request_id,
        ..Subject::default()
    };
    let answer = async {
        let input: I = serde_json::from_value(input).map_err(|error| {
            Error::Internal(format!(
                "the input of the state {step} is not as it should be: {error}"
            ))
        })?;
        subject.pipeline = input.pipeline_id().to_string();
        subject.deployment = input.deployment_id().to_string();
        // Boxed: the compiler gives up on futures that are nested too deeply.
        Box::pin(work(input)).await
    };
    let failure = match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(Ok(output)) => {
            subject.log_success(&Figures::of(step, begun, calls));
            return Ok(output);
        }
        Ok(Err(error)) => Failure {
            error: error.name(),
            message: error.to_string(),
            causes: causes(&error),
        },
        Err(panic) => Failure {
            error: "Panic",
            message: format!(
                "the platform failed: a fault in its step {step}. Tell the platform's administrators"
            ),
            causes: panic_message(&*panic).to_owned(),
        },
    };
    subject.log_failure(&Figures::of(step, begun, calls), &failure);
    Err(Diagnostic {
        error_type: failure.error.to_owned(),
        error_message: failure.message,
    })
}

/// The ids of what an event is about, as far as it could be read.
#[derive(Default)]
struct Subject {
    pipeline: String,
    deployment: String,
    request: String,
}

/// Why a step failed.
struct Failure {
    /// The stable name, which the state machine's retriers match.
    error: &'static str,
    /// What the record says: for the person who has to act.
    message: String,
    /// For the log.
    causes: String,
}

/// Where a step's time went.
struct Figures {
    step: &'static str,
    duration_ms: f64,
    aws_calls: u32,
    aws_calls_ms: f64,
}

impl Figures {
    fn of(step: &'static str, begun: Instant, before: Calls) -> Self {
        let calls = Calls::until_now().since(before);
        Self {
            step,
            duration_ms: begun.elapsed().as_secs_f64() * 1e3,
            aws_calls: calls.count,
            aws_calls_ms: calls.waited.as_secs_f64() * 1e3,
        }
    }

    /// What is the platform's own work.
    fn own_ms(&self) -> f64 {
        self.duration_ms - self.aws_calls_ms
    }
}

impl Subject {
    fn log_success(&self, figures: &Figures) {
        tracing::info!(
            step = figures.step,
            pipelineId = self.pipeline,
            deploymentId = self.deployment,
            requestId = self.request,
            durationMs = figures.duration_ms,
            awsCalls = figures.aws_calls,
            awsCallsMs = figures.aws_calls_ms,
            ownMs = figures.own_ms(),
            "step succeeded"
        );
    }

    fn log_failure(&self, figures: &Figures, failure: &Failure) {
        tracing::error!(
            step = figures.step,
            pipelineId = self.pipeline,
            deploymentId = self.deployment,
            requestId = self.request,
            durationMs = figures.duration_ms,
            awsCalls = figures.aws_calls,
            awsCallsMs = figures.aws_calls_ms,
            ownMs = figures.own_ms(),
            error = failure.error,
            detail = failure.message,
            causes = failure.causes,
            "step failed"
        );
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
