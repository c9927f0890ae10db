//! The keys of the table's rows, spelled in this one place.

use application::{audit::EntryPlace, records::idempotency::Idempotency};
use domain::{
    audit::{AuditEntry, Subject},
    environment::Environment,
    ids::{DeploymentId, EnvironmentId, PipelineId, RedeploymentId, RunId, StageName},
    listing::Listing,
    pipeline::Pipeline,
    redeployment::Redeployment,
    revision::Revision,
    team::{TeamName, Username},
};
use time::OffsetDateTime;

/// The partition key's attribute.
pub(crate) const PK: &str = "pk";
/// The sort key's attribute.
pub(crate) const SK: &str = "sk";
/// What the partition keys of pipelines begin with.
pub(crate) const PIPELINES: &str = "PIPELINE#";
/// What the partition keys of environments begin with.
pub(crate) const ENVIRONMENTS: &str = "ENVIRONMENT#";
/// What the partition keys of redeployments begin with.
pub(crate) const REDEPLOYMENTS: &str = "REDEPLOYMENT#";
/// What the sort keys of a pipeline's deployments begin with.
pub(crate) const DEPLOYMENTS: &str = "DEPLOYMENT#";
/// What the sort keys of a pipeline's answered approvals begin with.
pub(crate) const APPROVALS: &str = "APPROVAL#";
/// What the sort keys of the last approvals of a pipeline's stages begin with.
pub(crate) const LAST_APPROVALS: &str = "APPROVED#";
/// What the sort keys of who had a hand in a pipeline begin with.
pub(crate) const CONTRIBUTIONS: &str = "CONTRIBUTION#";

/// What the sort keys of a pipeline's revisions begin with.
pub(crate) const REVISIONS: &str = "REVISION#";
/// What the sort keys of the audit trail begin with.
pub(crate) const AUDIT: &str = "AUDIT#";

/// The key of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The partition key.
    pub(crate) pk: String,
    /// The sort key.
    pub(crate) sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// An environment's record.
    pub(crate) fn environment(id: &EnvironmentId) -> Self {
        Self::new(format!("{ENVIRONMENTS}{id}"), "ENVIRONMENT")
    }

    /// The links of a user that wait for a verification.
    pub(crate) fn unverified_links(user: &Username) -> Self {
        Self::new(format!("USER#{user}"), "UNVERIFIED")
    }

    /// How many pipelines a team has.
    pub(crate) fn team_count(team: &TeamName) -> Self {
        Self::new(format!("TEAM#{team}"), "COUNT")
    }

    /// How much a user has asked for in the window that begins at `begin`.
    pub(crate) fn rate(user: &Username, counted: &str, begin: i64) -> Self {
        Self::new(format!("RATE#{user}"), format!("{counted}#{begin}"))
    }

    /// The reservation of an account and region.
    pub(crate) fn account_link(environment: &Environment) -> Self {
        Self::new(
            format!("ACCOUNT#{}#{}", environment.account_id, environment.region),
            "LINK",
        )
    }

    /// A pipeline's record.
    pub(crate) fn pipeline(id: &PipelineId) -> Self {
        Self::new(pipeline_partition(id), "PIPELINE")
    }

    /// A deployment's record.
    pub(crate) fn deployment(pipeline: &PipelineId, id: &DeploymentId) -> Self {
        Self::new(pipeline_partition(pipeline), format!("{DEPLOYMENTS}{id}"))
    }

    /// What is kept of a revision of a pipeline.
    pub(crate) fn revision(pipeline: &PipelineId, revision: Revision) -> Self {
        // As many digits as the largest has: the keys are in the order of the numbers.
        let number = revision.0;
        Self::new(pipeline_partition(pipeline), format!("{REVISIONS}{number:010}"))
    }

    /// What is kept of a pipeline's runs.
    pub(crate) fn delivery(pipeline: &PipelineId) -> Self {
        Self::new(pipeline_partition(pipeline), "DELIVERY")
    }

    /// What is remembered of a run.
    pub(crate) fn run(pipeline: &PipelineId, run: &RunId) -> Self {
        Self::new(pipeline_partition(pipeline), format!("RUN#{run}"))
    }

    /// How a stage of a run was answered through the platform: the last answer.
    pub(crate) fn answer(pipeline: &PipelineId, run: &RunId, stage: &StageName) -> Self {
        Self::new(pipeline_partition(pipeline), format!("{APPROVALS}{run}#{stage}"))
    }

    /// The last approval of a run in a stage.
    pub(crate) fn last_approved(pipeline: &PipelineId, stage: &StageName) -> Self {
        Self::new(pipeline_partition(pipeline), format!("{LAST_APPROVALS}{stage}"))
    }

    /// When somebody last had a hand in a pipeline.
    pub(crate) fn contribution(pipeline: &PipelineId, user: &Username) -> Self {
        Self::new(pipeline_partition(pipeline), format!("{CONTRIBUTIONS}{user}"))
    }

    /// An entry of the audit trail: by its time, and what tells it from others of the same moment.
    pub(crate) fn audit(entry: &AuditEntry) -> Self {
        let at = milliseconds(entry.facts.at);
        let request = entry.facts.request_id.as_ref().map_or("", |id| id.as_str());
        let action: &str = entry.facts.action.into();
        Self::new(
            subject_partition(&entry.subject),
            format!("{AUDIT}{at:013}#{request}#{action}"),
        )
    }

    /// The entry of the audit trail at `place`.
    pub(crate) fn audit_at(place: &EntryPlace) -> Self {
        Self::new(subject_partition(&place.subject), place.row.as_str())
    }

    /// A redeployment's record.
    pub(crate) fn redeployment(id: &RedeploymentId) -> Self {
        Self::new(format!("{REDEPLOYMENTS}{id}"), "REDEPLOYMENT")
    }

    pub(crate) fn kept_answer(request: &Idempotency) -> Self {
        Self::new(
            format!(
                "IDEMPOTENCY#{}#{}#{}",
                request.owner, request.operation, request.key
            ),
            "REQUEST",
        )
    }
}

/// The milliseconds since 1970: 13 digits until 2286.
fn milliseconds(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000_000
}

/// The partition of a pipeline's record, deployments and runs.
pub(crate) fn pipeline_partition(id: &PipelineId) -> String {
    format!("{PIPELINES}{id}")
}

/// The partition of what an entry of the audit trail is about.
pub(crate) fn subject_partition(subject: &Subject) -> String {
    match subject {
        Subject::Pipeline(id) => pipeline_partition(id),
        Subject::Environment(id) => format!("{ENVIRONMENTS}{id}"),
    }
}

/// The partition of a listing.
pub(crate) fn listing_partition(listing: &Listing) -> String {
    match listing {
        Listing::All => "ALL".to_owned(),
        Listing::Team(team) => format!("TEAM#{team}"),
        Listing::Environment(id) => format!("{ENVIRONMENTS}{id}"),
        Listing::Strategy(strategy) => format!("STRATEGY#{strategy}"),
    }
}

/// A record that is listed.
pub(crate) trait Listed {
    /// What the sort keys of its listing rows begin with: the listing of one kind of record is a range of keys.
    const KIND: &'static str;

    /// The key of the row that is the truth, from the id in a listing row.
    fn key_of(id: &str) -> Key;

    /// The record's id, as its listing rows carry it.
    fn id(&self) -> &str;

    /// What orders it in listings: parts of it that never change.
    fn order(&self) -> String;

    /// Whether it counts as removed by `now`.
    fn has_expired(&self, now: OffsetDateTime) -> bool;
}

/// The key of the row of `record` in `listing`.
pub(crate) fn listing_key<T: Listed>(listing: &Listing, record: &T) -> Key {
    let sk = format!("{}{}#{}", T::KIND, record.order(), record.id());
    Key::new(listing_partition(listing), sk)
}

impl Listed for Environment {
    const KIND: &'static str = ENVIRONMENTS;

    fn key_of(id: &str) -> Key {
        Key::new(format!("{ENVIRONMENTS}{id}"), "ENVIRONMENT")
    }

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn order(&self) -> String {
        format!("{}#{}", self.account_id, self.region)
    }

    fn has_expired(&self, now: OffsetDateTime) -> bool {
        Self::has_expired(self, now)
    }
}

impl Listed for Pipeline {
    const KIND: &'static str = "PIPELINE#";

    fn key_of(id: &str) -> Key {
        Key::new(format!("{PIPELINES}{id}"), "PIPELINE")
    }

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn order(&self) -> String {
        self.name.to_string()
    }

    fn has_expired(&self, _: OffsetDateTime) -> bool {
        false
    }
}

impl Listed for Redeployment {
    const KIND: &'static str = "REDEPLOYMENT#";

    fn key_of(id: &str) -> Key {
        Key::new(format!("{REDEPLOYMENTS}{id}"), "REDEPLOYMENT")
    }

    fn id(&self) -> &str {
        self.id.as_str()
    }

    /// The newest first: listings are read in ascending order.
    fn order(&self) -> String {
        format!("{:013}", 9_999_999_999_999 - milliseconds(self.requested_at))
    }

    fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at() <= now
    }
}
