//! Revisions: the numbers of a record's changes, and what is kept of each revision of a pipeline.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    Error, Result,
    audit::Action,
    ids::PipelineId,
    pipeline::{Definition, Pipeline},
    request::RequestId,
    team::Username,
};

/// So many revisions of a pipeline are kept: the present one and those right before it. With each new one the oldest goes, in the same
/// transaction, so that a pipeline costs the same whatever its age. 100 is more than a team looks back at, and fits one page of a list.
pub const KEPT_REVISIONS: u32 = 100;

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

    /// The oldest revision that is kept while this is the present one, of a pipeline that has kept them since `since`.
    #[must_use]
    pub fn oldest_kept(self, since: Self) -> Self {
        Self(self.0.saturating_sub(KEPT_REVISIONS - 1)).max(since)
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

impl FromStr for Revision {
    type Err = String;

    /// Reads a revision as it is written: without signs and leading zeros.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let number = text.parse().map(Self).ok();
        number
            .filter(|revision| revision.to_string() == text)
            .ok_or_else(|| "must be a number".to_owned())
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is kept of a revision of a pipeline: what it defined, and how it came about. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptRevision {
    pub pipeline_id: PipelineId,
    pub revision: Revision,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who asked.
    pub by: Username,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// What was asked for; none where that was not written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The earlier revision that it restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<Revision>,
    /// What it changed in the revision before it, in words.
    pub changes: Vec<String>,
    pub definition: Definition,
}

impl KeptRevision {
    /// The present revision of `pipeline`, whose `changes` came by `action`.
    pub(crate) fn of(pipeline: &Pipeline, action: Option<Action>, changes: Vec<String>) -> Self {
        let by = pipeline.updated_by.as_ref().unwrap_or(&pipeline.owner);
        Self {
            pipeline_id: pipeline.id.clone(),
            revision: pipeline.revision,
            at: pipeline.updated_at,
            by: by.clone(),
            request_id: pipeline.updated_by_request.clone(),
            action,
            restored: None,
            changes,
            definition: pipeline.definition(),
        }
    }

    /// The present revision of a pipeline from before revisions were kept: as much as its record says.
    #[must_use]
    pub fn from_record(pipeline: &Pipeline) -> Self {
        let unknown = "what it changed was not kept".to_owned();
        Self::of(pipeline, None, vec![unknown])
    }
}
