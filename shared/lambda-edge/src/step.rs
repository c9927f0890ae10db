//! A step of the workflow as a Lambda function: a state's input in, its result or a named error out.

use std::panic::AssertUnwindSafe;

use application::step::Step;
use domain::{Error, clock, event::Ended};
use futures_util::{FutureExt as _, future::LocalBoxFuture};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use crate::{invocation::Invocation, metrics::Metrics, panics, telemetry::causes};

/// Answers the events of the state that `step` serves, until Lambda ends the function.
pub async fn serve<S: Step>(step: S) -> Result<(), lambda_runtime::Error> {
    serve_dynamically(S::NAME, &|input| run(&step, input)).await
}

/// A step's work on the input of its state.
///
/// Not generic: each function would compile Lambda's runtime and its HTTP client for itself.
type Work<'s> = dyn Fn(Value) -> LocalBoxFuture<'s, domain::Result<Done>> + 's;

/// What a step has done.
struct Done {
    output: Value,
    /// The deployment that this ended, if it did.
    ended: Option<Ended>,
}

fn run<S: Step>(step: &S, input: Value) -> LocalBoxFuture<'_, domain::Result<Done>> {
    Box::pin(async move {
        let input = serde_json::from_value(input).map_err(|error| {
            let state = S::NAME;
            Error::Internal(format!(
                "the input of the state {state} is not as it should be: {error}"
            ))
        })?;
        let output = step.run(input, clock::now()).await?;
        Ok(Done {
            ended: S::ended(&output).cloned(),
            output: serde_json::to_value(output).map_err(|error| Error::Internal(error.to_string()))?,
        })
    })
}

fn serve_dynamically<'s>(
    step: &'static str,
    work: &'s Work<'s>,
) -> LocalBoxFuture<'s, Result<(), lambda_runtime::Error>> {
    Box::pin(async move {
        let metrics = Metrics::from_settings();
        lambda_runtime::run(service_fn(|event| answer(step, metrics.as_ref(), work, event))).await
    })
}

async fn answer<'s>(
    step: &'static str,
    metrics: Option<&Metrics>,
    work: &'s Work<'s>,
    event: LambdaEvent<Value>,
) -> Result<Value, Diagnostic> {
    let (input, context) = event.into_parts();
    let mut invocation = Invocation::begin(&context);
    invocation.span().record("step", step);
    for (name, id) in ids(&input) {
        invocation.tell(name, id);
    }
    let answered = AssertUnwindSafe(invocation.within_time(work(input)))
        .catch_unwind()
        .await;
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
        Ok(Err(error)) => error,
        Err(panic) => panics::error(format!("its step {step}"), &*panic),
    };
    let (name, message) = (failure.name(), failure.to_string());
    tracing::error!(
        error = name,
        detail = message,
        causes = causes(&failure),
        "step failed"
    );
    if let Some(metrics) = metrics {
        println!("{}", metrics.step(&invocation, &figures, step, Some(name)));
    }
    Err(Diagnostic {
        error_type: name.to_owned(),
        error_message: message,
    })
}

/// Where a state's input may name what it is about: its own members, and those of what earlier states have answered.
const PLACES: [&str; 5] = ["", "/state", "/plan", "/deletion", "/target"];

/// What `input` is about, for the log: the names of the ids and the ids. What comes of a redeployment has its id for that of a
/// request; executions that began before there was one have none.
fn ids(input: &Value) -> Vec<(&'static str, &str)> {
    let find = |name: &str| {
        let mut found = PLACES
            .iter()
            .filter_map(|place| input.pointer(&format!("{place}/{name}"))?.as_str());
        found.next()
    };
    let redeployment = find("redeploymentId");
    [
        ("pipelineId", find("pipelineId")),
        ("deploymentId", find("deploymentId")),
        ("redeploymentId", redeployment),
        ("requestId", find("requestId").or(redeployment)),
    ]
    .into_iter()
    .filter_map(|(name, id)| Some((name, id?)))
    .collect()
}

#[cfg(test)]
mod tests {
    use domain::ids::DeploymentId;
    use lambda_runtime::Context;
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;
    use crate::telemetry::captured::Lines;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        #[expect(dead_code, reason = "that it is there is what matters")]
        deployment_id: DeploymentId,
    }

    /// A step that does this.
    struct Doing<W>(W);

    impl<W: AsyncFn(Input) -> domain::Result<u32>> Step for Doing<W> {
        const NAME: &'static str = "Prepare";
        type Input = Input;
        type Output = u32;

        async fn run(&self, input: Input, _: OffsetDateTime) -> domain::Result<u32> {
            (self.0)(input).await
        }
    }

    async fn run(
        input: Value,
        work: impl AsyncFn(Input) -> domain::Result<u32>,
    ) -> Result<Value, (String, String)> {
        let step = Doing(work);
        let event = LambdaEvent::new(input, Context::default());
        let answer = answer("Prepare", None, &|input| super::run(&step, input), event).await;
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

    #[test]
    fn what_an_input_is_about_is_found_where_states_put_it() {
        let own = json!({"pipelineId": "p", "deploymentId": "d", "requestId": "r"});
        let all = [("pipelineId", "p"), ("deploymentId", "d"), ("requestId", "r")];
        assert_eq!(ids(&own), all);
        assert_eq!(ids(&json!({"executionArn": "arn", "state": own})), all);
        for place in ["plan", "deletion"] {
            let input = json!({"deploymentId": "d", place: {"pipelineId": "p"}});
            assert_eq!(ids(&input), all[..2]);
        }
        let redeploying = json!({"redeploymentId": "r", "target": {"pipelineId": "p"}});
        let told = [("pipelineId", "p"), ("redeploymentId", "r"), ("requestId", "r")];
        assert_eq!(ids(&redeploying), told);
        assert_eq!(
            ids(&json!({"state": {"requestId": null}})),
            [],
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
