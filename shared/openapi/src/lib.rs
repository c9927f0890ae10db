//! The API's OpenAPI 3.1 document, made from the types that the functions read and write.

mod closed;
mod left_out;
mod operations;
mod sent_back;

use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, SecurityScheme},
};

use crate::{closed::ClosedRequests, left_out::LeftOutIsNotNull, sent_back::StagesAreSentBack};

/// Collects the handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pipelines",
        description = "Self-service CICD pipelines across AWS accounts. Errors are problem documents (RFC 9457)."
    ),
    paths(
        api::environments::link::handle,
        api::environments::list::handle,
        api::environments::get::handle,
        api::environments::change::handle,
        api::environments::verify::handle,
        api::environments::unlink::handle,
        api::environments::template::handle,
        api::environments::evict::handle,
        api::audit::of_environment::handle,
        api::audit::of_pipeline::handle,
        api::pipelines::create::handle,
        api::pipelines::list::handle,
        api::pipelines::get::handle,
        api::pipelines::change::handle,
        api::pipelines::credentials::handle,
        api::pipelines::stages::handle,
        api::pipelines::files::handle,
        api::pipelines::branches::handle,
        api::pipelines::resources::handle,
        api::pipelines::delete::handle,
        api::revisions::list::handle,
        api::revisions::restore::handle,
        api::deployments::redeploy::handle,
        api::deployments::list::handle,
        api::deployments::get::handle,
        api::runs::list::handle,
        api::runs::get::handle,
        api::runs::start::handle,
        api::runs::stop::handle,
        api::runs::approve::handle,
        api::runs::retry::handle,
        api::redeployments::request::handle,
        api::redeployments::list::handle,
        api::redeployments::get::handle,
        api::redeployments::cancel::handle,
        api::me::handle,
    ),
    components(schemas(
        api::problem::ProblemDocument,
        domain::Problem,
        domain::Pointer,
        // Parameters are not looked through for the schemas that they name.
        api::entity_tags::EntityTags,
        api::query::ListedStatus,
        api::query::NextToken,
        api::query::PathOfCaller,
        api::query::SearchText,
        api::query::TagFilter,
        domain::request::IdempotencyKey,
    )),
    security(("cognito" = [])),
    modifiers(&CognitoToken, &LeftOutIsNotNull, &StagesAreSentBack, &ClosedRequests)
)]
struct Api;

/// Callers send Cognito's id token.
struct CognitoToken;

impl Modify for CognitoToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let value =
            ApiKeyValue::with_description("Authorization", "Cognito's id token, with or without Bearer");
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("cognito", SecurityScheme::ApiKey(ApiKey::Header(value)));
    }
}

/// The document as JSON, with a newline at its end.
///
/// # Panics
/// Never: the document is plain data.
#[must_use]
#[expect(clippy::expect_used, reason = "the document is plain data")]
pub fn document() -> String {
    Api::openapi().to_pretty_json().expect("plain data") + "\n"
}
