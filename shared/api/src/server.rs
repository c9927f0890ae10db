//! Serving requests: from API Gateway's event to the answer, every failure a problem document, logged once.

use std::{error::Error as _, future::Future, time::Instant};

use aws_lambda_events::{
    apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse},
    encodings::Body,
    http::{HeaderName, HeaderValue},
};
use domain::{Error, Result};
use lambda_runtime::{LambdaEvent, service_fn};

use crate::{Answer, Request, problem::ProblemDocument};

/// Serves requests with `handler` until Lambda ends the process.
pub async fn serve<H, F>(handler: H) -> std::result::Result<(), lambda_runtime::Error>
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<Answer>>,
{
    let handler = &handler;
    lambda_runtime::run(service_fn(
        |event: LambdaEvent<ApiGatewayProxyRequest>| async move {
            Ok::<_, lambda_runtime::Error>(respond(handler, event.payload).await)
        },
    ))
    .await
}

/// The response to one event.
async fn respond<H, F>(handler: &H, event: ApiGatewayProxyRequest) -> ApiGatewayProxyResponse
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<Answer>>,
{
    let began = Instant::now();
    let request_id = event.request_context.request_id.clone().unwrap_or_default();
    let route = format!(
        "{} {}",
        event.http_method,
        event.path.as_deref().unwrap_or_default()
    );
    let mut user = String::new();
    let answered = match Request::parse(event) {
        Ok(request) => {
            user = request.caller.username.to_string();
            // Boxed: the SDK's futures nest so deep that the compiler gives up on laying them out inside one another.
            Box::pin(handler(request)).await
        }
        Err(error) => Err(error),
    };
    let milliseconds = began.elapsed().as_millis();
    match answered {
        Ok(answer) => {
            tracing::info!(
                requestId = request_id,
                user,
                status = answer.status,
                durationMs = milliseconds,
                "{route}"
            );
            response(answer, "application/json")
        }
        Err(error) => {
            let problem = ProblemDocument::new(&error, &request_id);
            log(&error, problem.status, &request_id, &user, &route, milliseconds);
            problem_response(&error, &problem)
        }
    }
}

fn log(error: &Error, status: u16, request_id: &str, user: &str, route: &str, milliseconds: u128) {
    let source = error.source().map(|source| format!("{source:?}"));
    if status >= 500 {
        tracing::error!(
            requestId = request_id, user, status, durationMs = milliseconds, error = error.name(), cause = %error, source,
            "{route}"
        );
    } else {
        tracing::info!(
            requestId = request_id, user, status, durationMs = milliseconds, error = error.name(), cause = %error, source,
            "{route}"
        );
    }
}

fn problem_response(error: &Error, problem: &ProblemDocument) -> ApiGatewayProxyResponse {
    let mut answer = Answer::ok(problem);
    answer.status = problem.status;
    if error.retryable() {
        answer.headers.push(("Retry-After", "1".to_owned()));
    }
    response(answer, "application/problem+json")
}

fn response(answer: Answer, content_type: &'static str) -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = i64::from(answer.status);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::from_str(value)) {
            response.headers.insert(name, value);
        }
    }
    if let Some(body) = answer.body {
        response
            .headers
            .insert("Content-Type", HeaderValue::from_static(content_type));
        response.body = Some(Body::Text(body.to_string()));
    }
    response
}
