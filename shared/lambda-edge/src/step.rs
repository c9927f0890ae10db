//! A step of the workflow as a Lambda function: a state's input in, its result or a named error out.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use application::workflow::StepInput;
use aws_clients::Calls;
use domain::Error;
use futures_util::FutureExt as _;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{panics, telemetry::causes};

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
    let (mut input, context) = event.into_parts();
    let mut subject = Subject {
        request: request_id(&mut input),
        invocation: context.request_id,
        ..Subject::default()
    };
    let answer = async {
        let input: I = serde_json::from_value(input).map_err(|error| {
            Error::Internal(format!(
                "the input of the state {step} is not as it should be: {error}"
            ))
        })?;
        subject.pipeline = words(input.pipeline_id());
        subject.deployment = words(input.deployment_id());
        if let Some(redeployment) = input.redeployment_id() {
            subject.request = redeployment.to_string();
        }
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
            causes: panics::message(&*panic).to_owned(),
        },
    };
    subject.log_failure(&Figures::of(step, begun, calls), &failure);
    Err(Diagnostic {
        error_type: failure.error.to_owned(),
        error_message: failure.message,
    })
}

/// Takes the id of the request that asked for the deployment off a state's input: it is for the log, not for the step's
/// work. The steps that are given everything so far find it in there. Executions that began before there was one have none.
fn request_id(input: &mut Value) -> String {
    let own = input
        .as_object_mut()
        .and_then(|members| members.remove("requestId"));
    match own.as_ref().or_else(|| input.pointer("/state/requestId")) {
        Some(Value::String(id)) => id.clone(),
        _ => String::new(),
    }
}

/// An id for the log: empty if there is none.
fn words(id: Option<&impl ToString>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}

/// The ids of what an event is about, as far as it could be read.
#[derive(Default)]
struct Subject {
    pipeline: String,
    deployment: String,
    request: String,
    invocation: String,
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
            duration_ms: milliseconds(begun.elapsed()),
            aws_calls: calls.count,
            aws_calls_ms: milliseconds(calls.waited),
        }
    }

    /// What is the platform's own work.
    fn own_ms(&self) -> f64 {
        tenths(self.duration_ms - self.aws_calls_ms)
    }
}

impl Subject {
    fn log_success(&self, figures: &Figures) {
        tracing::info!(
            step = figures.step,
            pipelineId = self.pipeline,
            deploymentId = self.deployment,
            requestId = self.request,
            invocationId = self.invocation,
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
            invocationId = self.invocation,
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

/// Milliseconds, to a tenth.
fn milliseconds(duration: Duration) -> f64 {
    tenths(duration.as_secs_f64() * 1e3)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use domain::{deployment::DeploymentId, pipeline::PipelineId};
    use lambda_runtime::Context;
    use serde_json::json;

    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Input {
        pipeline_id: PipelineId,
        deployment_id: DeploymentId,
    }

    impl StepInput for Input {
        fn pipeline_id(&self) -> Option<&PipelineId> {
            Some(&self.pipeline_id)
        }

        fn deployment_id(&self) -> Option<&DeploymentId> {
            Some(&self.deployment_id)
        }
    }

    async fn run(
        input: Value,
        work: impl AsyncFn(Input) -> domain::Result<u32>,
    ) -> Result<u32, (String, String)> {
        let answer = answer("Prepare", &work, LambdaEvent::new(input, Context::default())).await;
        answer.map_err(
            |Diagnostic {
                 error_type,
                 error_message,
             }| (error_type, error_message),
        )
    }

    fn input() -> Value {
        json!({"pipelineId": "k3j9x0ab", "deploymentId": "01k9v3xv0m0000000000000001"})
    }

    #[tokio::test]
    async fn an_error_has_its_stable_name_and_the_words_for_the_record() {
        assert_eq!(run(input(), async |_| Ok(7)).await, Ok(7));
        let error = run(input(), async |_| {
            Err(Error::RepositoryNotOurs("sales".to_owned()))
        })
        .await;
        let words = Error::RepositoryNotOurs("sales".to_owned()).to_string();
        assert_eq!(error, Err(("RepositoryNotOurs".to_owned(), words)));
    }

    #[tokio::test]
    async fn the_request_that_asked_is_no_matter_of_the_work() {
        let mut asked = input();
        asked["requestId"] = json!("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
        assert_eq!(run(asked, async |_| Ok(7)).await, Ok(7));
    }

    #[test]
    fn the_last_steps_find_the_request_in_what_they_are_given() {
        let mut own = json!({"requestId": "r-1", "deploymentId": "d"});
        assert_eq!(request_id(&mut own), "r-1");
        assert_eq!(own, json!({"deploymentId": "d"}));
        let mut all = json!({"executionArn": "arn", "state": {"requestId": "r-2"}});
        assert_eq!(request_id(&mut all), "r-2");
        assert_eq!(
            request_id(&mut json!({"state": {}})),
            "",
            "an execution of before"
        );
    }

    #[tokio::test]
    async fn the_cause_of_an_error_stays_in_the_log() {
        let unavailable = || Error::ServiceUnavailable {
            operation: "s3:GetObject",
            source: "a token".into(),
        };
        let (name, message) = run(input(), async |_| Err(unavailable())).await.unwrap_err();
        assert_eq!(name, "ServiceUnavailable");
        assert!(!message.contains("token"), "{message}");
    }

    #[tokio::test]
    async fn a_panic_is_a_named_error() {
        let (name, message) = run(input(), async |_| panic!("a token")).await.unwrap_err();
        assert_eq!(name, "Panic");
        assert!(
            message.contains("Prepare") && !message.contains("token"),
            "{message}"
        );
    }

    #[tokio::test]
    async fn an_input_that_is_none_is_a_fault_of_the_platform() {
        let (name, message) = run(json!({"pipelineId": "k3j9x0ab"}), async |_| Ok(7))
            .await
            .unwrap_err();
        assert_eq!(name, "Internal");
        assert!(message.contains("deploymentId"), "{message}");
    }
}
