//! Bodies of requests: whatever they hold, the answer is bounded and names where it is wrong.

use api::{Request, problem::ProblemDocument};
use application::{
    environments::{change::ChangeEnvironment, link::LinkEnvironment},
    pipelines::{change::ChangePipeline, create::CreatePipeline},
    runs::{start::StartRun, stop::StopRun},
};
use domain::{Error, Result, redeployment::Target};
use serde_json::json;

use crate::requests::{claims, parsed, token};

/// An answer of 50 problems with their pointers stays far below this.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

pub(crate) fn fuzz(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else {
        return;
    };
    let mut verified = claims();
    verified["cognito:groups"] = json!(["research"]);
    let request = parsed(body, &token(verified.to_string().as_bytes()), &claims());
    let Ok(request) = request.inspect_err(bounded) else {
        return;
    };
    answered(request.body::<CreatePipeline>());
    answered(request.body::<ChangePipeline>());
    answered(request.body::<LinkEnvironment>());
    answered(request.body::<ChangeEnvironment>());
    answered(request.body::<StopRun>());
    answered(request.body::<Target>());
    answered(Request::optional_body::<StartRun>(&request));
}

fn answered<T>(read: Result<T>) {
    if let Err(error) = read {
        bounded(&error);
    }
}

fn bounded(error: &Error) {
    let document = ProblemDocument::new(error, "r-1");
    assert!((400..500).contains(&document.status), "{error:?}");
    let answer = serde_json::to_string(&document).unwrap();
    assert!(answer.len() <= MAX_ANSWER_BYTES, "{} bytes", answer.len());
    if let Error::Invalid(_) = error {
        assert!(!document.errors.is_empty());
    }
}
