//! The audit trail: who asked for what. Entries are written with the change itself; those of what is refused, and of what is done
//! elsewhere than in the records, right after it.

use domain::{
    Error, Result,
    audit::{Action, AuditEntry, Subject},
    event::AuditEntryAdded,
    ids::{EnvironmentId, PipelineId},
    permissions::Caller,
};

use crate::{
    access::{changeable_environment, readable},
    records::{
        Environments, Pipelines,
        listing::{Entry, Page, PageRequest, cut_to_page},
    },
};

/// Adds to the audit trail.
pub trait RecordAudit: Sync {
    /// Adds `entry`. The same entry again is the same.
    fn record_audit(&self, entry: &AuditEntry) -> impl Future<Output = Result<()>> + Send;
}

/// Reads the audit trail.
pub trait AuditTrail: Sync {
    /// Up to `limit` entries about `subject` before the row `after`, the newest first.
    fn audit_trail(
        &self,
        subject: &Subject,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry<AuditEntry>>>> + Send;
}

/// Where an entry stands in the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPlace {
    /// What it is about.
    pub subject: Subject,
    /// Its row among those about the same, as the store names it.
    pub row: String,
}

/// Reads single entries of the audit trail.
pub trait AuditEntries: Sync {
    /// The entry at `place`, if there is one.
    fn audit_entry(&self, place: &EntryPlace) -> impl Future<Output = Result<Option<AuditEntry>>> + Send;
}

/// Tells the world what is added to the audit trail.
pub trait AnnounceAudit: Sync {
    /// Sends `event`.
    fn announce_audit(&self, event: &AuditEntryAdded) -> impl Future<Output = Result<()>> + Send;
}

/// Announces the entry at `place`; what was done, in words.
pub async fn announce(
    store: &impl AuditEntries,
    bus: &impl AnnounceAudit,
    place: &EntryPlace,
) -> Result<&'static str> {
    match &place.subject {
        Subject::Pipeline(id) => _ = tracing::Span::current().record("pipelineId", id.as_str()),
        Subject::Environment(_) => {}
    }
    let Some(entry) = store.audit_entry(place).await? else {
        return Ok("its entry is gone");
    };
    bus.announce_audit(&entry.into()).await?;
    Ok("announced")
}

/// A page of what was asked for about the pipeline `id`, the newest first. Who only owns a stage's environment does not see
/// credentials.
pub async fn of_pipeline(
    store: &(impl AuditTrail + Pipelines),
    caller: &Caller,
    id: &PipelineId,
    request: &PageRequest,
) -> Result<Page<AuditEntry>> {
    let pipeline = readable(store, caller, id).await?;
    let mut page = page(store, &Subject::Pipeline(id.clone()), request).await?;
    if !caller.may_access_pipeline(&pipeline) {
        page.items
            .retain(|entry| entry.facts.action != Action::IssueCredentials);
    }
    Ok(page)
}

/// A page of what was asked for about the environment `id`, the newest first: for its team.
pub async fn of_environment(
    store: &(impl AuditTrail + Environments),
    caller: &Caller,
    id: &EnvironmentId,
    request: &PageRequest,
) -> Result<Page<AuditEntry>> {
    changeable_environment(store, caller, id).await?;
    page(store, &Subject::Environment(id.clone()), request).await
}

async fn page(store: &impl AuditTrail, subject: &Subject, request: &PageRequest) -> Result<Page<AuditEntry>> {
    // One more than asked for tells whether there is a next page.
    let entries = store
        .audit_trail(subject, request.start.after.as_deref(), request.limit + 1)
        .await?;
    Ok(cut_to_page(entries, request))
}

/// Whether `error` says that the caller may not do what was asked for, though it may know what that is about.
#[must_use]
pub const fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Forbidden(_) | Error::EnvironmentNotAllowed(_))
}
