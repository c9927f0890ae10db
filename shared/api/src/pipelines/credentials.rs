//! `POST /pipelines/{pipelineId}/credentials`

use application::{
    linked_accounts::repositories::FindRepository,
    pipelines::issue_credentials::{self, HandedOut, NarrowSessions},
    rate_limit::{CountRequests, RateLimit},
    records::{EnvironmentsOfPipelines, Pipelines},
};
use domain::{Error, Result, names::PipelineNames, pipeline::Pipeline, prefix::Prefix};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{Answer, Platform, Request};

/// Temporary credentials as the AWS CLI's `credential_process` reads them; it ignores `cloneCommand`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Credentials))]
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CredentialsView {
    /// The version of this form.
    pub version: u8,
    /// The access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// What marks the key as temporary.
    pub session_token: String,
    /// When they end.
    #[serde(with = "time::serde::rfc3339")]
    pub expiration: OffsetDateTime,
    /// The command that clones the repository, once the credentials are a profile's.
    #[serde(rename = "cloneCommand")]
    pub clone_command: String,
}

impl CredentialsView {
    fn new(prefix: &Prefix, pipeline: &Pipeline, credentials: issue_credentials::Credentials) -> Self {
        Self {
            version: 1,
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            session_token: credentials.session_token,
            expiration: credentials.expiration,
            clone_command: PipelineNames::of(prefix, pipeline).clone_command(&pipeline.cicd_region),
        }
    }
}

/// Whether credentials are handed out, and how often.
#[derive(Clone, Copy, Debug)]
pub struct HandOutRules {
    /// The platform's own switch.
    pub enabled: bool,
    /// To one user for one pipeline.
    pub per_hour: u32,
}

/// Handles the request.
///
/// Credentials are never stored, so an idempotency key cannot bring the same ones back: each call gives new ones. It changes
/// nothing, so repeating it does no harm.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines/{pipelineId}/credentials",
    operation_id = "issueCredentials",
    tag = "pipelines",
    summary = "Get credentials that can pull from and push to the pipeline's repository, for an hour",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "Accepted, without effect: credentials are stored nowhere, and each call gives new ones"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "Credentials in the form of the AWS CLI's credential_process; never cached", body = CredentialsView, headers(("Cache-Control" = String, description = "no-store"))),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines + HandedOut + CountRequests),
    accounts: &impl NarrowSessions,
    repositories: &impl FindRepository,
    platform: &Platform,
    rules: HandOutRules,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let id = super::id(&request)?;
    // Refused if it is malformed, as with every POST.
    request.idempotency(format!("POST /pipelines/{id}/credentials"))?;
    if !rules.enabled {
        return Err(Error::Forbidden(
            "this platform hands out no credentials: use those of the CICD account's own".to_owned(),
        ));
    }
    let limit = RateLimit::credentials(&id, rules.per_hour);
    limit.check(store, &request.caller.username, request.now).await?;
    let (pipeline, credentials) = issue_credentials::issue(
        store,
        accounts,
        repositories,
        platform,
        &request.caller,
        &id,
        request.now,
    )
    .await?;
    let view = CredentialsView::new(&platform.prefix, &pipeline, credentials);
    Ok(Answer::ok(&view).never_stored())
}
