//! Sessions that are handed out.

use application::{
    linked_accounts::sessions::Session,
    pipelines::issue_credentials::{Credentials, LIFETIME_SECONDS, NarrowSessions},
};
use domain::{Error, Result};
use time::OffsetDateTime;

use crate::Accounts;

impl NarrowSessions for Accounts {
    /// Never kept: whoever asks gets credentials of their own, which live the whole time.
    async fn narrowed(&self, session: &Session, policy: &str) -> Result<Credentials> {
        let given = self
            .assume(session, |request| {
                request.policy(policy).duration_seconds(LIFETIME_SECONDS)
            })
            .await?;
        let expiration = OffsetDateTime::from_unix_timestamp(given.expiration.secs())
            .map_err(|error| Error::Internal(format!("sts:AssumeRole gave no usable expiration: {error}")))?;
        Ok(Credentials {
            access_key_id: given.access_key_id,
            secret_access_key: given.secret_access_key,
            session_token: given.session_token,
            expiration,
        })
    }
}
