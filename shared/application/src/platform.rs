//! The platform as linked accounts know it.

use domain::{account::AccountId, environment::Environment, prefix::Prefix};

use crate::linked_accounts::sessions::Access;

/// The platform as linked accounts know it.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Its prefix.
    pub prefix: Prefix,
    /// Its account, which the environments' roles trust.
    pub account_id: AccountId,
}

impl Platform {
    /// The way into `environment`.
    #[must_use]
    pub fn access(&self, environment: &Environment) -> Access {
        Access::new(&self.prefix, &self.account_id, environment)
    }
}
