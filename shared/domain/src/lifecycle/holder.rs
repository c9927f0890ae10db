//! Who has a pipeline when somebody asks for something else.

use time::OffsetDateTime;

use super::Transition;
use crate::{
    Error,
    deployment::{Deployment, Failure},
};

/// The deployment that holds a pipeline, and whether that keeps others from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// There is none: what is asked for begins at once.
    Nobody,
    /// It goes on: what is asked for waits for its end.
    UnderWay(Deployment),
    /// Its execution has ended without recording how: what is asked for takes its place.
    Died(Deployment),
}

impl Holder {
    /// The deployment, if it goes on.
    #[must_use]
    pub const fn under_way(&self) -> Option<&Deployment> {
        match self {
            Self::UnderWay(deployment) => Some(deployment),
            Self::Nobody | Self::Died(_) => None,
        }
    }
}

impl Transition {
    /// The same; if it takes the place of a deployment that died, that one's record says so.
    pub(super) fn superseding(self, holder: &Holder) -> Self {
        let Holder::Died(died) = holder else { return self };
        let at = self
            .queued
            .as_ref()
            .map_or(died.created_at, |queued| queued.created_at);
        Self {
            updated: Some(died.clone().superseded(at)),
            ..self
        }
    }
}

impl Deployment {
    /// The deployment, ended because a later one has taken its place.
    #[must_use]
    pub fn superseded(self, at: OffsetDateTime) -> Self {
        let failure = Failure::from(&Error::DeploymentSuperseded(self.id.to_string()));
        self.failed(failure, at)
    }

    /// Whether it ended because a later one has taken its place.
    #[must_use]
    pub fn was_superseded(&self) -> bool {
        let superseded = Error::DeploymentSuperseded(String::new());
        self.failure
            .as_ref()
            .is_some_and(|failure| failure.error == superseded.name())
    }
}
