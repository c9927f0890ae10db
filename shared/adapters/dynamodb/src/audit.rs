//! The rows of the audit trail. They are added and never changed, and expire by themselves.

use application::{
    audit::{AuditEntries, AuditTrail, EntryPlace, RecordAudit},
    records::listing::Entry,
};
use domain::{
    Result,
    audit::{AUDIT_DAYS, AuditEntry, Subject},
};
use time::Duration;

use crate::{
    Table,
    keys::{AUDIT, Key, subject_partition},
    rows::{EXPIRES_AT, item, number},
    transaction::Transaction,
};

impl RecordAudit for Table {
    async fn record_audit(&self, entry: &AuditEntry) -> Result<()> {
        let mut transaction = Transaction::new(self);
        transaction.audit(Some(entry))?;
        transaction.commit().await
    }
}

impl AuditTrail for Table {
    async fn audit_trail(
        &self,
        subject: &Subject,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<AuditEntry>>> {
        self.newest_first(&subject_partition(subject), AUDIT, after, limit)
            .await
    }
}

impl AuditEntries for Table {
    async fn audit_entry(&self, place: &EntryPlace) -> Result<Option<AuditEntry>> {
        self.read(Key::audit_at(place)).await
    }
}

impl Transaction<'_> {
    /// Adds `entry`, if there is one. The same request's entry is the same row.
    pub(crate) fn audit(&mut self, entry: Option<&AuditEntry>) -> Result<()> {
        let Some(entry) = entry else { return Ok(()) };
        let mut row = item(Key::audit(entry), entry)?;
        let expires_at = entry.facts.at + Duration::days(AUDIT_DAYS.into());
        row.insert(EXPIRES_AT.to_owned(), number(expires_at.unix_timestamp()));
        self.replace(row)
    }
}
