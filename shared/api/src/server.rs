//! Serving requests: from API Gateway's event to the answer, every failure a problem document, each request a line of the log.

use application::{
    audit::RecordAudit,
    hand_on::HandOn,
    rate_limit::{CountRequests, RateLimit},
};
use aws_lambda_events::{
    apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse},
    encodings::Body,
    http::{HeaderName, HeaderValue},
};
use domain::{Error, Result};
use futures_util::future::LocalBoxFuture;
use lambda_edge::{invocation::Invocation, settings, telemetry::causes};
use lambda_runtime::{LambdaEvent, service_fn};

use crate::{Answer, Request, audit, problem::ProblemDocument, token::Clients};

/// The collections of the API, and what the log calls the ids of what is in them.
const COLLECTIONS: [(&str, &str); 5] = [
    ("environments", "environmentId"),
    ("pipelines", "pipelineId"),
    ("deployments", "deploymentId"),
    ("redeployments", "redeploymentId"),
    ("runs", "runId"),
];

/// What answers requests.
///
/// Not generic: each function would compile Lambda's runtime and its HTTP client for itself.
type Handler<'h> = dyn Fn(Request) -> LocalBoxFuture<'h, Result<Answer>> + 'h;

/// What answers dry runs, each as it came: a function that can write nothing.
type Previewer<'h> = dyn Fn(Vec<u8>) -> LocalBoxFuture<'h, Result<Vec<u8>>> + 'h;

/// Serves requests with `handler` until Lambda ends the process.
pub async fn serve(
    handler: impl AsyncFn(Request) -> Result<Answer>,
) -> std::result::Result<(), lambda_runtime::Error> {
    let handler = &handler;
    let clients = Clients::parse(&settings::user_pool_client_ids()?);
    serve_boxed(&|request| Box::pin(handler(request)), None, &clients).await
}

/// The same for calls that change something: each is counted in `store`, and refused if its user has sent more than
/// `WRITES_PER_MINUTE`. What the audit trail is to say of it is added.
pub async fn serve_writes(
    store: &(impl CountRequests + RecordAudit),
    handler: impl AsyncFn(Request) -> Result<Answer>,
) -> std::result::Result<(), lambda_runtime::Error> {
    let limit = RateLimit::writes(settings::writes_per_minute()?);
    serve(async |request| write(store, &limit, &handler, request).await).await
}

/// The same for calls that take `dryRun`: `previews` answers dry runs. Those change nothing, so they are neither counted nor audited.
pub async fn serve_previewed_writes(
    store: &(impl CountRequests + RecordAudit),
    previews: &impl HandOn,
    handler: impl AsyncFn(Request) -> Result<Answer>,
) -> std::result::Result<(), lambda_runtime::Error> {
    let limit = RateLimit::writes(settings::writes_per_minute()?);
    let clients = Clients::parse(&settings::user_pool_client_ids()?);
    let (limit, handler) = (&limit, &handler);
    serve_boxed(
        &|request| Box::pin(write(store, limit, handler, request)),
        Some(&|event| Box::pin(previews.hand_on(event))),
        &clients,
    )
    .await
}

/// Answers a call that changes something.
async fn write(
    store: &(impl CountRequests + RecordAudit),
    limit: &RateLimit,
    handler: &impl AsyncFn(Request) -> Result<Answer>,
    request: Request,
) -> Result<Answer> {
    limit.check(store, &request.caller.username, request.now).await?;
    let asked = request.asked_for();
    let answered = handler(request).await;
    if let Some(asked) = asked {
        audit::add(store, asked, &answered).await;
    }
    answered
}

/// Serves requests that need no token with `handler`, until Lambda ends the process.
pub async fn serve_public(
    handler: fn(&ApiGatewayProxyRequest) -> ApiGatewayProxyResponse,
) -> std::result::Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(
        async |event: LambdaEvent<ApiGatewayProxyRequest>| {
            let mut invocation = Invocation::begin(&event.context);
            let response = handler(&event.payload);
            invocation.end();
            let _within = invocation.span().enter();
            let path = event.payload.path.as_deref().unwrap_or_default();
            let status = response.status_code;
            tracing::info!(method = %event.payload.http_method, route = event.payload.resource, status, "GET {path}");
            Ok::<_, lambda_runtime::Error>(response)
        },
    ))
    .await
}

fn serve_boxed<'h>(
    handler: &'h Handler<'h>,
    previewer: Option<&'h Previewer<'h>>,
    clients: &'h Clients,
) -> LocalBoxFuture<'h, std::result::Result<(), lambda_runtime::Error>> {
    Box::pin(lambda_runtime::run(service_fn(
        move |event: LambdaEvent<ApiGatewayProxyRequest>| async move {
            let invocation = Invocation::begin(&event.context);
            Ok::<_, lambda_runtime::Error>(
                respond(handler, previewer, clients, event.payload, invocation).await,
            )
        },
    )))
}

/// The response to one event.
async fn respond<'h>(
    handler: &'h Handler<'h>,
    previewer: Option<&'h Previewer<'h>>,
    clients: &Clients,
    event: ApiGatewayProxyRequest,
    mut invocation: Invocation,
) -> ApiGatewayProxyResponse {
    let request_id = event.request_context.request_id.clone().unwrap_or_default();
    invocation.tell("requestId", &request_id);
    let path = event.path.clone().unwrap_or_default();
    tell_ids(&mut invocation, &path);
    let mut line = Line {
        method: event.http_method.to_string(),
        route: route(&event),
        path,
        user: String::new(),
    };
    if let Some(previewer) = previewer.filter(|_| asks_for_preview(&event)) {
        let answered = invocation.within_time(preview(previewer, &event)).await;
        invocation.end();
        let _within = invocation.span().enter();
        return match answered {
            Ok(response) => {
                line.log(u16::try_from(response.status_code).unwrap_or_default(), None);
                response
            }
            Err(error) => line.failed(&error, &request_id),
        };
    }
    let mut api_url = String::new();
    let answered = match Request::parse(event, clients) {
        Ok(request) => {
            line.user = request.caller.username.to_string();
            api_url.clone_from(&request.api_url);
            invocation.within_time(handler(request)).await
        }
        Err(error) => Err(error),
    };
    if let Ok(answer) = &answered {
        let location = answer.headers.iter().find(|(name, _)| *name == "Location");
        tell_ids(&mut invocation, location.map_or("", |(_, location)| location));
    }
    invocation.end();
    let _within = invocation.span().enter();
    match answered {
        Ok(answer) => {
            line.log(answer.status, None);
            response(answer.located_in(&api_url), "application/json")
        }
        Err(error) => line.failed(&error, &request_id),
    }
}

/// The route that the log names, and whether it is a dry run: that is about another function.
fn route(event: &ApiGatewayProxyRequest) -> String {
    let route = event.resource.clone().unwrap_or_default();
    if asks_for_preview(event) {
        format!("{route}?dryRun")
    } else {
        route
    }
}

/// Whether the request is a dry run, or names `dryRun` with what is no value for it.
fn asks_for_preview(event: &ApiGatewayProxyRequest) -> bool {
    let mut values = event.multi_value_query_string_parameters.iter();
    values.any(|(name, value)| name == "dryRun" && value != "false")
}

/// What `previewer` answers to the event, as it came.
async fn preview(
    previewer: &Previewer<'_>,
    event: &ApiGatewayProxyRequest,
) -> Result<ApiGatewayProxyResponse> {
    let unreadable = |error: serde_json::Error| Error::Internal(format!("a preview: {error}"));
    let event = serde_json::to_vec(event).map_err(unreadable)?;
    serde_json::from_slice(&previewer(event).await?).map_err(unreadable)
}

/// Writes into the log what `path` is about: the ids behind the names of collections.
fn tell_ids(invocation: &mut Invocation, path: &str) {
    let mut segments = path.split('/');
    while let Some(segment) = segments.next() {
        if let Some((_, name)) = COLLECTIONS.iter().find(|(collection, _)| *collection == segment) {
            invocation.tell(name, segments.next().unwrap_or_default());
        }
    }
}

/// What the log says of a request, beside what [`Invocation`] does. Headers, query and bodies stay out of it: they may hold
/// what is nobody's business.
struct Line {
    method: String,
    route: String,
    path: String,
    user: String,
}

impl Line {
    /// The response to a request that failed, which is logged.
    fn failed(&self, error: &Error, request_id: &str) -> ApiGatewayProxyResponse {
        let problem = ProblemDocument::new(error, request_id);
        self.log(problem.status, Some(error));
        problem_response(error, &problem)
    }

    fn log(&self, status: u16, error: Option<&Error>) {
        let Self {
            method,
            route,
            path,
            user,
        } = self;
        match error {
            None => tracing::info!(method, route, status, user, "{method} {path}"),
            Some(error) if status >= 500 => tracing::error!(
                method, route, status, user, error = error.name(), detail = %error, causes = causes(error),
                "{method} {path}"
            ),
            Some(error) => tracing::info!(
                method, route, status, user, error = error.name(), detail = %error, causes = causes(error),
                "{method} {path}"
            ),
        }
    }
}

fn problem_response(error: &Error, problem: &ProblemDocument) -> ApiGatewayProxyResponse {
    let mut answer = Answer::ok(problem);
    answer.status = problem.status;
    match error {
        Error::TooManyRequests { retry_after, .. } => {
            answer.headers.push(("Retry-After", retry_after.to_string()));
        }
        Error::Unauthenticated(_) => answer.headers.push(("WWW-Authenticate", "Bearer".to_owned())),
        error if error.retryable() => answer.headers.push(("Retry-After", "1".to_owned())),
        _ => {}
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

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use lambda_edge::telemetry::captured::Lines;
    use lambda_runtime::Context;
    use serde_json::{Value, json};

    use super::*;

    /// The lines that a request of `method` and `path` leaves.
    async fn logged(
        method: &str,
        path: &str,
        handler: impl AsyncFn(Request) -> Result<Answer>,
    ) -> Vec<Value> {
        let lines = Lines::default();
        let claims = json!({
            "sub": "secret", "cognito:username": "alice", "aud": "client", "token_use": "id",
        });
        let token = format!("secret.{}.secret", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let event = json!({
            "resource": "/pipelines/{pipelineId}/deployments", "path": path, "httpMethod": method,
            "headers": {"Authorization": format!("Bearer {token}")}, "body": "{\"secret\": 1}",
            "queryStringParameters": {"q": "secret"},
            "requestContext": {"requestId": "r-1", "httpMethod": method, "authorizer": {"claims": claims}},
        });
        let event = serde_json::from_value(event).unwrap();
        let handler = &handler;
        let invocation = Invocation::begin(&Context::default());
        let clients = Clients::parse("client");
        let _ = respond(
            &|request| Box::pin(handler(request)),
            None,
            &clients,
            event,
            invocation,
        )
        .await;
        let lines = lines.read();
        assert!(!json!(lines).to_string().contains("secret"), "{lines:?}");
        lines
    }

    #[tokio::test]
    async fn a_request_is_one_line_with_all_that_is_known_of_it() {
        let path = "/pipelines/k3j9x0ab/deployments";
        let lines = logged("POST", path, async |_| {
            Ok(Answer::accepted(
                format!("{path}/01k9v3"),
                &json!({"secret": true}),
            ))
        })
        .await;
        let [line] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        let expected = json!({
            "level": "INFO", "message": format!("POST {path}"), "method": "POST",
            "route": "/pipelines/{pipelineId}/deployments", "status": 202, "user": "alice", "requestId": "r-1",
            "pipelineId": "k3j9x0ab", "deploymentId": "01k9v3",
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name}");
        }
        for figure in ["durationMs", "awsCalls", "awsCallsMs", "readUnits", "writeUnits"] {
            assert!(line[figure].is_number(), "{figure}: {line}");
        }
    }

    #[tokio::test]
    async fn what_a_use_case_says_has_the_request_s_ids() {
        let lines = logged("PATCH", "/pipelines/k3j9x0ab", async |_| {
            tracing::Span::current().record("deploymentId", "01k9v3");
            tracing::warn!("careful");
            Err(Error::ConcurrentChange("the record"))
        })
        .await;
        let [within, last] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        for line in [within, last] {
            assert_eq!(
                (&line["requestId"], &line["deploymentId"]),
                (&json!("r-1"), &json!("01k9v3"))
            );
        }
        assert_eq!(
            (&last["status"], &last["error"]),
            (&json!(409), &json!("ConcurrentChange"))
        );
    }

    #[tokio::test]
    async fn a_fault_of_ours_is_an_error_with_its_causes() {
        let lines = logged("GET", "/pipelines", async |_| {
            Err(Error::ServiceUnavailable {
                operation: "dynamodb:Query",
                source: "connection reset".into(),
            })
        })
        .await;
        assert_eq!(
            (&lines[0]["level"], &lines[0]["status"]),
            (&json!("ERROR"), &json!(503))
        );
        assert_eq!(lines[0]["causes"], "connection reset");
    }

    /// What comes of `query`: what was handed on, and the answer.
    async fn asked(query: &Value, answer: Result<Value>) -> (Option<Value>, Value) {
        let claims = json!({"sub": "s", "cognito:username": "alice", "aud": "client", "token_use": "id"});
        let token = format!("s.{}.s", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let event = json!({
            "resource": "/pipelines/{pipelineId}", "path": "/pipelines/k3j9x0ab", "httpMethod": "PATCH",
            "headers": {"Authorization": token, "If-Match": "\"3\""}, "multiValueHeaders": {"Authorization": [token], "If-Match": ["\"3\""]},
            "queryStringParameters": null, "multiValueQueryStringParameters": query,
            "pathParameters": {"pipelineId": "k3j9x0ab"}, "stageVariables": null,
            "requestContext": {
                "accountId": "000000000000", "resourceId": "r", "stage": "v1", "requestId": "r-1", "resourcePath": "/pipelines/{pipelineId}",
                "path": "/v1/pipelines/k3j9x0ab", "domainName": "api.example.com", "httpMethod": "PATCH", "apiId": "a",
                "identity": {"sourceIp": "192.0.2.1"}, "authorizer": {"claims": claims},
            },
            "body": "{\"tags\": null}", "isBase64Encoded": false,
        });
        let handed_on = std::cell::RefCell::new(None);
        let answer = std::cell::RefCell::new(Some(answer));
        let (handed_on, answer) = (&handed_on, &answer);
        let function = move |event: Vec<u8>| -> LocalBoxFuture<'_, Result<Vec<u8>>> {
            *handed_on.borrow_mut() = serde_json::from_slice::<Value>(&event).ok();
            let answer = answer.borrow_mut().take().unwrap();
            Box::pin(async move { Ok(answer?.to_string().into_bytes()) })
        };
        let response = respond(
            &|_| Box::pin(async { Ok(Answer::ok(&json!({"handled": true}))) }),
            Some(&function),
            &Clients::parse("client"),
            serde_json::from_value(event).unwrap(),
            Invocation::begin(&Context::default()),
        )
        .await;
        (handed_on.take(), serde_json::to_value(response).unwrap())
    }

    #[tokio::test]
    async fn a_dry_run_is_handed_on_as_it_came_and_answered_as_it_is() {
        for values in [
            json!(["true"]),
            json!(["perhaps"]),
            json!(["false", "true"]),
            json!([""]),
        ] {
            let answer = json!({
                "statusCode": 412, "headers": {"content-type": "application/problem+json"}, "multiValueHeaders": {},
                "body": "{}", "isBase64Encoded": false,
            });
            let (handed_on, response) = asked(&json!({"dryRun": values}), Ok(answer.clone())).await;
            let handed_on = handed_on.unwrap();
            let request = Request::parse(
                serde_json::from_value(handed_on.clone()).unwrap(),
                &Clients::parse("client"),
            )
            .unwrap();
            assert_eq!(request.caller.username.as_str(), "alice");
            assert_eq!(request.caller.source_address.as_deref(), Some("192.0.2.1"));
            assert_eq!(
                request
                    .caller
                    .request_id
                    .as_ref()
                    .map(domain::request::RequestId::as_str),
                Some("r-1")
            );
            assert_eq!(
                request.if_match().unwrap().map(|revisions| revisions.len()),
                Some(1)
            );
            assert_eq!(request.api_url, "https://api.example.com/v1");
            assert_eq!(handed_on["multiValueQueryStringParameters"]["dryRun"], values);
            assert_eq!(handed_on["body"], "{\"tags\": null}");
            for (name, value) in answer.as_object().unwrap() {
                assert_eq!(&response[name], value, "{name}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_dry_run_is_handled_here() {
        for query in [
            json!(null),
            json!({"dryRun": ["false"]}),
            json!({"deleteRepository": ["true"]}),
        ] {
            let (handed_on, response) = asked(&query, Ok(json!({}))).await;
            assert_eq!(handed_on, None, "{query}");
            assert_eq!(
                (&response["statusCode"], &response["body"]),
                (&json!(200), &json!("{\"handled\":true}"))
            );
        }
    }

    #[tokio::test]
    async fn a_preview_that_fails_is_a_problem() {
        let failed = Error::ServiceUnavailable {
            operation: "lambda:Invoke",
            source: "connection reset".into(),
        };
        let (_, response) = asked(&json!({"dryRun": ["true"]}), Err(failed)).await;
        assert_eq!(
            (&response["statusCode"], &response["headers"]["retry-after"]),
            (&json!(503), &json!("1"))
        );
    }
}
