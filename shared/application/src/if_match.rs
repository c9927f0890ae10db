//! `If-Match`: changes that are meant for one revision only.

use domain::{Error, Result, revision::Revision};

/// Refuses a change that is meant for another revision than the present one. Without an expectation all are fine.
pub(crate) fn check(expected: Option<&[Revision]>, present: Revision) -> Result<()> {
    match expected {
        Some(revisions) if !revisions.contains(&present) => Err(Error::Stale { present }),
        _ => Ok(()),
    }
}
