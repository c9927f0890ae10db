//! Revisions: the numbers of a pipeline's changes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The number of an accepted change to a record, from 1. It is the record's `ETag`, too.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u32);

impl Revision {
    /// A new record's revision.
    pub const FIRST: Self = Self(1);

    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Refuses a change that is meant for other revisions than this one, which is the present one. Without an expectation
    /// every change is fine. [`Error::Stale`] names the present revision.
    pub fn check_expected(self, expected: Option<&[Self]>) -> Result<()> {
        match expected {
            Some(revisions) if !revisions.contains(&self) => Err(Error::Stale { present: self }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
