//! The linked accounts.

use application::linked_accounts::{bootstrap::InspectAccount, sessions::Session};
use domain::Result;

use super::World;

/// How an account looks from outside; one that is not in the world does not let the platform in.
#[derive(Clone, Default)]
pub(crate) struct Account {
    pub(crate) version: Option<String>,
    pub(crate) trust: Option<String>,
}

/// A trust policy as IAM gives it.
pub(crate) fn trust(principals: &serde_json::Value) -> String {
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
         "Condition": {"Null": {"sts:ExternalId": "false"}}},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principals},
    ]});
    percent_encoding::utf8_percent_encode(&policy.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl World {
    fn account(&self, session: &Session) -> Result<Account> {
        let found = self
            .state()
            .accounts
            .get(session.access.account_id.as_str())
            .cloned();
        found.ok_or_else(|| {
            session
                .access
                .not_assumable("User is not authorized to perform: sts:AssumeRole")
        })
    }
}

impl InspectAccount for &World {
    async fn parameter(&self, session: &Session, _: &str) -> Result<Option<String>> {
        self.calls
            .call("GetParameter", || Ok(self.account(session)?.version))
    }

    async fn trust_policy(&self, session: &Session, _: &str) -> Result<Option<String>> {
        self.calls.call("GetRole", || Ok(self.account(session)?.trust))
    }
}
