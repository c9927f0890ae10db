//! `GET /environment-template/{version}`: the template with which accounts' owners deploy the platform's
//! role. It is no secret, and whoever runs the command need not be signed in.

use application::linked_accounts::role_template::{TEMPLATE, version};
use aws_lambda_events::{
    apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse},
    encodings::Body,
    http::{HeaderName, HeaderValue, header},
};
use domain::Error;

use crate::problem::ProblemDocument;

/// What asks for the present version, whichever it is.
const LATEST: &str = "latest";

/// Answers a request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/environment-template/{version}",
    operation_id = "getEnvironmentTemplate",
    tag = "environments",
    summary = "The CloudFormation template that accounts' owners deploy",
    description = "It needs no token.",
    params(("version" = String, Path, pattern = "^(latest|[0-9a-f]{12})$", description = "The version, as the commands in an environment's setup name it; latest for the present one")),
    security(()),
    responses(
        (status = 200, description = "The template", body = String, content_type = "application/yaml", headers(("ETag" = String, description = "The version"))),
        (status = 304, description = "It is the one that If-None-Match names"),
        (status = 404, description = "Another version is the present one", body = ProblemDocument, content_type = "application/problem+json"),
    ),
))]
#[must_use]
pub fn handle(event: &ApiGatewayProxyRequest) -> ApiGatewayProxyResponse {
    let asked = event
        .path_parameters
        .get("version")
        .map(String::as_str)
        .unwrap_or_default();
    if ![LATEST, version()].contains(&asked) {
        return another_version(event);
    }
    let etag = format!("\"{}\"", version());
    // A version never changes; the present one does with an update of the platform.
    let cached = if asked == version() {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let known = event
        .headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag)) {
        return response(
            304,
            &[(header::ETAG, &etag), (header::CACHE_CONTROL, cached)],
            None,
        );
    }
    let headers = [
        (header::CONTENT_TYPE, "application/yaml"),
        (header::ETAG, &etag),
        (header::CACHE_CONTROL, cached),
    ];
    response(200, &headers, Some(TEMPLATE.to_owned()))
}

fn another_version(event: &ApiGatewayProxyRequest) -> ApiGatewayProxyResponse {
    let asked = event.path_parameters.get("version").cloned().unwrap_or_default();
    let error = Error::NotFound {
        what: "version of the template",
        id: asked,
    };
    let request_id = event.request_context.request_id.clone().unwrap_or_default();
    let mut problem = ProblemDocument::new(&error, &request_id);
    problem.detail = format!(
        "the present version of the template is {}: GET /environments/{{environmentId}} gives the commands with it",
        version()
    );
    let headers = [
        (header::CONTENT_TYPE, "application/problem+json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    response(404, &headers, serde_json::to_string(&problem).ok())
}

fn response(status: i64, headers: &[(HeaderName, &str)], body: Option<String>) -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers.insert(name.clone(), value);
        }
    }
    response.body = body.map(Body::Text);
    response
}
