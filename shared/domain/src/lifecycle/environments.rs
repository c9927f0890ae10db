//! A change of an environment's record with all that changes beside it.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::Difference;
use crate::{
    Error,
    audit::AuditEntry,
    environment::{Environment, EnvironmentProblem, EnvironmentStatus},
    hosting::HostedPipelines,
    ids::EnvironmentId,
    listing::Listing,
    redeployment::Redeployment,
};

/// A change of an environment's record. A store writes all of it or nothing, and only if the record is still `before`'s
/// version: pipelines that begin or cease to use the environment count as changes, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentTransition {
    /// The record as it was read; none if there was none.
    pub before: Option<Environment>,
    /// The record to write; none to remove it.
    pub after: Option<Environment>,
    /// The redeployment of the environment's pipelines that the change brings with it.
    pub redeployment: Option<Redeployment>,
    /// The links of the same user that wait for a verification, as they were read; only when an environment is linked.
    pub beside: Option<UnverifiedLinks>,
    /// Who asked for it, for the audit trail.
    pub audit: Option<AuditEntry>,
}

/// The links of a user that no verification has found ready. A store writes a new one only if they are still at this version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnverifiedLinks {
    /// How often they were written.
    pub version: u32,
    /// The environments, the expired ones included.
    pub ids: BTreeSet<EnvironmentId>,
}

impl EnvironmentTransition {
    /// The same, with who asked for it.
    #[must_use]
    pub fn audited(self, entry: AuditEntry) -> Self {
        Self {
            audit: Some(entry),
            ..self
        }
    }

    fn changing(before: &Environment, after: Environment) -> (Environment, Self) {
        let after = Environment {
            version: before.version + 1,
            ..after
        };
        let transition = Self {
            before: Some(before.clone()),
            after: Some(after.clone()),
            redeployment: None,
            beside: None,
            audit: None,
        };
        (after, transition)
    }

    fn reserved(environment: Option<&Environment>) -> bool {
        environment.is_some_and(|environment| environment.unverified_since.is_none())
    }

    fn unverified(environment: Option<&Environment>) -> bool {
        environment.is_some_and(|environment| environment.unverified_since.is_some())
    }

    /// Whether the environment reserves its account and region with the change: only one can.
    #[must_use]
    pub fn reserves(&self) -> bool {
        !Self::reserved(self.before.as_ref()) && Self::reserved(self.after.as_ref())
    }

    /// Whether the change ends the reservation of the account and region.
    #[must_use]
    pub fn frees(&self) -> bool {
        Self::reserved(self.before.as_ref()) && !Self::reserved(self.after.as_ref())
    }

    /// Whether the environment waited for a verification, and does not any more.
    #[must_use]
    pub fn settles(&self) -> bool {
        Self::unverified(self.before.as_ref()) && !Self::unverified(self.after.as_ref())
    }

    /// The listings that the environment comes to stand in, and those that it leaves.
    #[must_use]
    pub fn listings(&self) -> Difference<Listing> {
        let listings = |environment: &Option<Environment>| {
            environment
                .as_ref()
                .map(Environment::listings)
                .unwrap_or_default()
        };
        Difference::between(listings(&self.before), listings(&self.after))
    }
}

impl Environment {
    /// Links the environment: its record, and what writes it. `beside` are the links of its user that wait for a verification.
    #[must_use]
    pub fn linked(self, beside: UnverifiedLinks) -> (Self, EnvironmentTransition) {
        let after = Self { version: 1, ..self };
        let transition = EnvironmentTransition {
            before: None,
            after: Some(after.clone()),
            redeployment: None,
            beside: Some(beside),
            audit: None,
        };
        (after, transition)
    }

    /// The error when another environment has reserved the account and region. It does not say whose.
    #[must_use]
    pub fn taken(&self) -> Error {
        Error::Conflict(format!(
            "another environment of the platform has the account {} in {}: it must be unlinked first. If it is not yours, ask the \
             platform's administrators",
            self.account_id, self.region
        ))
    }

    /// Changes the environment's settings to those of `wanted`: its next revision, and what writes it. `redeployment` takes them
    /// to the environment's pipelines, if they [reach](Self::reaches_pipelines) any.
    #[must_use]
    pub fn changed(
        &self,
        wanted: Self,
        redeployment: Option<Redeployment>,
        at: OffsetDateTime,
    ) -> (Self, EnvironmentTransition) {
        let mut after = Self {
            revision: self.revision.next(),
            updated_at: at,
            ..wanted
        };
        if after.bootstrap_qualifier != self.bootstrap_qualifier {
            // What was verified was another bootstrap.
            after.status = EnvironmentStatus::Pending;
            after.problems.clear();
            after.verified_at = None;
        }
        if let Some(redeployment) = &redeployment {
            after.redeployment_id = Some(redeployment.id.clone());
        }
        let (after, transition) = EnvironmentTransition::changing(self, after);
        let transition = EnvironmentTransition {
            redeployment,
            ..transition
        };
        (after, transition)
    }

    /// Whether the change to `wanted` reaches what pipelines have deployed.
    #[must_use]
    pub fn reaches_pipelines(&self, wanted: &Self) -> bool {
        wanted.deployed_settings() != self.deployed_settings() && self.pipeline_count > 0
    }

    /// Records what a verification found, and which pipelines the owner allows there: the record, and what writes it.
    #[must_use]
    pub fn verified(
        &self,
        problems: Vec<EnvironmentProblem>,
        pipelines: Option<HostedPipelines>,
        at: OffsetDateTime,
    ) -> (Self, EnvironmentTransition) {
        let ready = problems.is_empty();
        let after = Self {
            status: if ready {
                EnvironmentStatus::Ready
            } else {
                EnvironmentStatus::Failed
            },
            unverified_since: self.unverified_since.filter(|_| !ready),
            problems,
            verified_at: Some(at),
            // What could not be read is as it was.
            pipelines: pipelines.or(self.pipelines),
            ..self.clone()
        };
        EnvironmentTransition::changing(self, after)
    }

    /// Unlinks the environment, which no pipeline may use.
    #[must_use]
    pub fn unlinked(&self) -> EnvironmentTransition {
        EnvironmentTransition {
            before: Some(self.clone()),
            after: None,
            redeployment: None,
            beside: None,
            audit: None,
        }
    }
}
