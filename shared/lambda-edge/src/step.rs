//! A step of the workflow as a Lambda function: a state's input in, its result or a named error out.

use std::panic::AssertUnwindSafe;

use application::step::{EndsDeployment, StepInput};
use domain::{Error, event::Ended};
use futures_util::{FutureExt as _, future::LocalBoxFuture};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tracing::Instrument as _;

use crate::{invocation::Invocation, metrics::Metrics, panics, telemetry::causes};

/// Answers the events of the state `step` until Lambda ends the function.
pub async fn run<I, O>(
    step: &'static str,
    work: impl AsyncFn(I) -> domain::Result<O>,
) -> Result<(), lambda_runtime::Error>
where
    I: DeserializeOwned + StepInput,
    O: Serialize,
{
    let work = &work;
    serve(step, &|input, invocation| {
        begin(step, work, |_| None, input, invocation)
    })
    .await
}

/// The same for a step that ends deployments: it counts them, too.
pub async fn run_last<I, O>(
    step: &'static str,
    work: impl AsyncFn(I) -> domain::Result<O>,
) -> Result<(), lambda_runtime::Error>
where
    I: DeserializeOwned + StepInput,
    O: Serialize + EndsDeployment,
{
    let work = &work;
    let ended = |output: &O| Some(output.ended().clone());
    serve(step, &|input, invocation| {
        begin(step, work, ended, input, invocation)
    })
    .await
}

/// Begins a step's work on the input of its state.
///
/// Not generic: each function would compile Lambda's runtime and its HTTP client for itself.
type Begin<'w> = dyn Fn(Value, &mut Invocation) -> LocalBoxFuture<'w, domain::Result<Done>> + 'w;

/// What a step has done.
struct Done {
    output: Value,
    /// The deployment that this ended, if it did.
    ended: Option<Ended>,
}

fn begin<'w, I, O>(
    step: &str,
    work: &'w impl AsyncFn(I) -> domain::Result<O>,
    ended: fn(&O) -> Option<Ended>,
    input: Value,
    invocation: &mut Invocation,
) -> LocalBoxFuture<'w, domain::Result<Done>>
where
    I: DeserializeOwned + StepInput + 'w,
    O: Serialize + 'w,
{
    let input = serde_json::from_value(input).map_err(|error| {
        Error::Internal(format!(
            "the input of the state {step} is not as it should be: {error}"
        ))
    });
    if let Ok(input) = &input {
        tell_ids(invocation, input);
    }
    Box::pin(async move {
        let output = work(input?).await?;
        Ok(Done {
            ended: ended(&output),
            output: serde_json::to_value(output).map_err(|error| Error::Internal(error.to_string()))?,
        })
    })
}

fn serve<'w>(
    step: &'static str,
    work: &'w Begin<'w>,
) -> LocalBoxFuture<'w, Result<(), lambda_runtime::Error>> {
    Box::pin(async move {
        let metrics = Metrics::from_settings();
        lambda_runtime::run(service_fn(|event| answer(step, metrics.as_ref(), work, event))).await
    })
}

async fn answer<'w>(
    step: &'static str,
    metrics: Option<&Metrics>,
    work: &'w Begin<'w>,
    event: LambdaEvent<Value>,
) -> Result<Value, Diagnostic> {
    let (mut input, context) = event.into_parts();
    let mut invocation = Invocation::begin(&context);
    invocation.span().record("step", step);
    invocation.tell("requestId", &request_id(&mut input));
    let answer = AssertUnwindSafe(work(input, &mut invocation)).catch_unwind();
    let answered = answer.instrument(invocation.span().clone()).await;
    let figures = invocation.end();
    let _within = invocation.span().enter();
    let failure = match answered {
        Ok(Ok(Done { output, ended })) => {
            tracing::info!("step succeeded");
            if let Some(metrics) = metrics {
                println!("{}", metrics.step(&invocation, &figures, step, None));
                if let Some(ended) = &ended {
                    println!("{}", metrics.deployment(&invocation, ended));
                }
            }
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
    tracing::error!(
        error = failure.error,
        detail = failure.message,
        causes = failure.causes,
        "step failed"
    );
    if let Some(metrics) = metrics {
        println!(
            "{}",
            metrics.step(&invocation, &figures, step, Some(failure.error))
        );
    }
    Err(Diagnostic {
        error_type: failure.error.to_owned(),
        error_message: failure.message,
    })
}

/// Has the log say what `input` is about.
fn tell_ids(invocation: &mut Invocation, input: &impl StepInput) {
    let words = |id: Option<&dyn ToString>| id.map(ToString::to_string).unwrap_or_default();
    invocation.tell("pipelineId", &words(input.pipeline_id().map(|id| id as _)));
    invocation.tell("deploymentId", &words(input.deployment_id().map(|id| id as _)));
    let redeployment = words(input.redeployment_id().map(|id| id as _));
    invocation.tell("redeploymentId", &redeployment);
    // What comes of a redeployment has its id for that of a request.
    invocation.tell("requestId", &redeployment);
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

/// Why a step failed.
struct Failure {
    /// The stable name, which the state machine's retriers match.
    error: &'static str,
    /// What the record says: for the person who has to act.
    message: String,
    /// For the log.
    causes: String,
}

#[cfg(test)]
mod tests {
    use domain::{deployment::DeploymentId, pipeline::PipelineId};
    use lambda_runtime::Context;
    use serde_json::json;

    use super::*;
    use crate::telemetry::captured::Lines;

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
    ) -> Result<Value, (String, String)> {
        let work = &work;
        let begun = |input, invocation: &mut Invocation| begin("Prepare", work, |_| None, input, invocation);
        let event = LambdaEvent::new(input, Context::default());
        let answer = answer("Prepare", None, &begun, event).await;
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
        assert_eq!(run(input(), async |_| Ok(7)).await, Ok(json!(7)));
        let error = run(input(), async |_| {
            Err(Error::RepositoryNotOurs("sales".to_owned()))
        })
        .await;
        let words = Error::RepositoryNotOurs("sales".to_owned()).to_string();
        assert_eq!(error, Err(("RepositoryNotOurs".to_owned(), words)));
    }

    #[tokio::test]
    async fn every_line_of_a_step_says_what_it_is_about() {
        let lines = Lines::default();
        let mut asked = input();
        asked["requestId"] = json!("r-1");
        let work = async |_| {
            tracing::warn!("within");
            Err(Error::ConcurrentChange("the record"))
        };
        run(asked, work).await.unwrap_err();
        let lines = lines.read();
        assert_eq!(lines.len(), 2, "{lines:?}");
        for line in &lines {
            assert_eq!(line["step"], "Prepare");
            assert_eq!(line["pipelineId"], "k3j9x0ab");
            assert_eq!(line["deploymentId"], "01k9v3xv0m0000000000000001");
            assert_eq!(line["requestId"], "r-1");
        }
        assert_eq!(
            (&lines[0]["message"], &lines[1]["message"]),
            (&json!("within"), &json!("step failed"))
        );
        assert_eq!(
            (&lines[1]["level"], &lines[1]["error"]),
            (&json!("ERROR"), &json!("ConcurrentChange"))
        );
        for figure in [
            "durationMs",
            "awsCalls",
            "awsCallsMs",
            "ownMs",
            "readUnits",
            "writeUnits",
        ] {
            assert!(lines[1][figure].is_number(), "{figure}");
        }
    }

    #[tokio::test]
    async fn the_request_that_asked_is_no_matter_of_the_work() {
        let mut asked = input();
        asked["requestId"] = json!("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
        assert_eq!(run(asked, async |_| Ok(7)).await, Ok(json!(7)));
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
