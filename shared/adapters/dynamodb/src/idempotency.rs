//! Answers kept for idempotency keys.

use application::records::idempotency::{
    Answer, Idempotency, KEPT_FOR_SECONDS, KeepAnswers, Kept, KeptAnswers,
};
use domain::{Error, Result};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    Table,
    keys::Key,
    rows,
    transaction::{Condition, Transaction},
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptAnswer {
    fingerprint: String,
    snapshot: String,
    /// Seconds since 1970: DynamoDB removes the row some time after.
    expires_at: i64,
}

impl KeptAnswers for Table {
    async fn kept(&self, request: &Idempotency) -> Result<Option<Kept>> {
        let kept: Option<KeptAnswer> = self.read(Key::kept_answer(request)).await?;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        Ok(kept.filter(|kept| kept.expires_at > now).map(
            |KeptAnswer {
                 fingerprint,
                 snapshot,
                 ..
             }| Kept {
                fingerprint,
                snapshot,
            },
        ))
    }
}

impl KeepAnswers for Table {
    async fn keep(&self, answer: &Answer<'_>) -> Result<()> {
        let mut transaction = Transaction::new(self);
        transaction.keep(Some(answer))?;
        transaction.commit().await
    }
}

impl Transaction<'_> {
    /// Keeps `answer`, if there is one. If the same request was first, the transaction fails.
    pub(crate) fn keep(&mut self, answer: Option<&Answer<'_>>) -> Result<()> {
        let Some(Answer { request, snapshot }) = answer else {
            return Ok(());
        };
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let kept = KeptAnswer {
            fingerprint: request.fingerprint.clone(),
            snapshot: snapshot.clone(),
            expires_at: now + KEPT_FOR_SECONDS,
        };
        let free = Condition {
            expression: "attribute_not_exists(pk) OR expiresAt <= :now".to_owned(),
            values: rows::Item::from([(":now".to_owned(), rows::number(now))]),
        };
        self.put(
            rows::item(Key::kept_answer(request), &kept)?,
            free,
            Error::ConcurrentChange("the request with this Idempotency-Key"),
        )
    }
}
