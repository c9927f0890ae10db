//! The platform as linked accounts know it.

use domain::{
    Result, account::AccountId, environment::Environment, names::PipelineNames, pipeline::Pipeline,
    prefix::Prefix, team::Username,
};

use crate::linked_accounts::{
    session_policy::{Calls, SessionPolicy},
    sessions::{Access, Session},
};

/// The platform as linked accounts know it.
#[derive(Clone, Debug)]
pub struct Platform {
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

    /// For `calls` into `environment` on what belongs to `pipeline`, for a request of `user`.
    pub(crate) fn session(
        &self,
        environment: &Environment,
        pipeline: &Pipeline,
        user: &Username,
        calls: &[Calls],
    ) -> Result<Session> {
        let access = self.access(environment);
        let policy = SessionPolicy::of(calls, &access, PipelineNames::of(&self.prefix, pipeline))?;
        Ok(Session::of_request(access, user, policy))
    }
}
