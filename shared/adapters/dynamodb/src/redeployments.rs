//! Redeployments' rows.

use application::{
    records::idempotency::{Answer, Idempotency},
    redeployments::{CancelRedeployments, RecordRedeployments, Redeployments},
};
use domain::{
    Error, Result,
    audit::AuditEntry,
    ids::RedeploymentId,
    redeployment::{Cancellation, Redeployment},
};

use crate::{
    Table,
    keys::{Key, listing_key},
    rows::{EXPIRES_AT, Item, item, number, text, timestamp},
    transaction::{ABSENT, PRESENT, Transaction},
};

impl Redeployments for Table {
    async fn redeployment(&self, id: &RedeploymentId) -> Result<Option<Redeployment>> {
        self.read(Key::redeployment(id)).await
    }
}

impl RecordRedeployments for Table {
    async fn record(
        &self,
        redeployment: &Redeployment,
        audit: Option<&AuditEntry>,
        request: Option<&Idempotency>,
    ) -> Result<Redeployment> {
        let mut transaction = Transaction::new(self);
        transaction.keep(Answer::to(request, redeployment)?.as_ref())?;
        transaction.put_redeployment(redeployment)?;
        transaction.audit(audit)?;
        match transaction.commit().await {
            Ok(()) => Ok(redeployment.clone()),
            Err(changed @ Error::ConcurrentChange(_)) => {
                self.redeployment(&redeployment.id).await?.ok_or(changed)
            }
            Err(error) => Err(error),
        }
    }
}

impl CancelRedeployments for Table {
    async fn cancel(
        &self,
        id: &RedeploymentId,
        cancellation: &Cancellation,
        audit: Option<&AuditEntry>,
    ) -> Result<()> {
        let mut transaction = Transaction::new(self);
        transaction.update(
            Key::redeployment(id),
            "SET cancelledBy = if_not_exists(cancelledBy, :by), cancelledAt = if_not_exists(cancelledAt, :at)",
            Item::from([
                (":by".to_owned(), text(cancellation.by.as_str())),
                (":at".to_owned(), timestamp(cancellation.at)?),
            ]),
            PRESENT,
            Error::not_found("redeployment", id),
        )?;
        transaction.audit(audit)?;
        transaction.commit().await
    }
}

impl Transaction<'_> {
    /// Writes a redeployment's record and its rows in lists unless there is a record of its id.
    pub(crate) fn put_redeployment(&mut self, redeployment: &Redeployment) -> Result<()> {
        let expires_at = number(redeployment.expires_at().unix_timestamp());
        let mut row = item(Key::redeployment(&redeployment.id), redeployment)?;
        row.insert(EXPIRES_AT.to_owned(), expires_at.clone());
        self.put(row, ABSENT, Error::ConcurrentChange("the redeployment"))?;
        for listing in redeployment.listings() {
            let key = listing_key(&listing, redeployment);
            self.put_listing(key, redeployment.id.as_str(), Some(expires_at.clone()))?;
        }
        Ok(())
    }
}
