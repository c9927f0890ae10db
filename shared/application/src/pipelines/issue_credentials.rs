//! Handing out credentials for one repository.

use std::fmt;

use domain::{
    Result,
    audit::{Action, AuditEntry, Subject},
    consent,
    ids::PipelineId,
    names::PipelineNames,
    permissions::Caller,
    pipeline::Pipeline,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{hand_out, repository::find};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    access::{accessible, used},
    linked_accounts::{repositories::FindRepository, sessions::Session},
    platform::Platform,
    records::{EnvironmentsOfPipelines, Pipelines, environments_by_id},
};

/// How long the credentials live, in seconds. STS gives no more to a role that was assumed by a role.
pub const LIFETIME_SECONDS: i32 = 3_600;

/// Begins sessions in linked accounts that may do less than the environment's role.
pub trait NarrowSessions: Sync {
    /// Credentials of `session` that may do what both the role and `policy` allow, for [`LIFETIME_SECONDS`].
    fn narrowed(&self, session: &Session, policy: &str) -> impl Future<Output = Result<Credentials>> + Send;
}

/// How long after the request STS may make the credentials: longer than a function runs.
const UNDER_WAY: Duration = Duration::minutes(1);

/// Remembers who can push.
pub trait HandedOut: Sync {
    /// Records in the audit trail that who asked by `entry` can push to the repository of `pipeline` until that time.
    fn handed_out(
        &self,
        pipeline: &PipelineId,
        until: OffsetDateTime,
        entry: &AuditEntry,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Temporary credentials. They exist in the answer alone: never in a log, a record or a cache.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// What marks the key as temporary.
    pub session_token: String,
    /// When they end.
    pub expiration: OffsetDateTime,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Repository,
    actions: &["codecommit:ListTagsForResource"],
}];

/// Credentials that can pull from and push to the repository of the pipeline `id`, and do nothing else.
///
/// The hand-out is recorded first: who has credentials counts as a contributor.
///
/// [`domain::Error::Forbidden`] if its CICD environment hands out none, [`domain::Error::Conflict`] while there is no repository, [`domain::Error::RepositoryNotOurs`] if it was not made for
/// the pipeline.
pub async fn issue(
    store: &(impl Pipelines + EnvironmentsOfPipelines + HandedOut),
    accounts: &impl NarrowSessions,
    repositories: &impl FindRepository,
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
    now: OffsetDateTime,
) -> Result<(Pipeline, Credentials)> {
    let pipeline = accessible(store, caller, id).await?;
    let environments = environments_by_id(store, &pipeline.environment_ids()).await?;
    consent::check(&pipeline, &environments)?;
    let cicd = used(&environments, &pipeline.cicd_environment_id, id)?;
    hand_out::check(cicd)?;
    let session = platform.session(cicd, &pipeline, &caller.username, CALLS)?;
    find(repositories, platform, &session, &pipeline).await?;
    let until = now + Duration::seconds(LIFETIME_SECONDS.into()) + UNDER_WAY;
    let subject = Subject::Pipeline(id.clone());
    let entry = AuditEntry::accepted(caller, subject, Action::IssueCredentials, now);
    store.handed_out(id, until, &entry).await?;
    let policy = session_policy(platform, &pipeline);
    let credentials = accounts.narrowed(&session, &policy).await?;
    Ok((pipeline, credentials))
}

/// What the credentials may do: STS takes 2,048 characters.
fn session_policy(platform: &Platform, pipeline: &Pipeline) -> String {
    let repository = PipelineNames::of(&platform.prefix, pipeline).repository();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["codecommit:GitPull", "codecommit:GitPush"],
            "Resource": format!(
                "arn:aws:codecommit:{}:{}:{repository}",
                pipeline.cicd_region, pipeline.cicd_account_id
            ),
        }],
    })
    .to_string()
}
