//! A change of a pipeline's record with all that changes beside it.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use crate::{
    audit::AuditEntry,
    deployment::Deployment,
    ids::EnvironmentId,
    listing::Listing,
    pipeline::{HISTORY_DAYS, Pipeline, PipelineStatus},
    revision::{KeptRevision, Revision},
    team::Username,
};

/// A change of a pipeline's record. A store writes all of it or nothing, and only if the record is still `before`'s version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The record as it was read; none if there was none.
    pub before: Option<Pipeline>,
    /// The record to write.
    pub after: Pipeline,
    /// A deployment that is recorded with it for the first time.
    pub queued: Option<Deployment>,
    /// A deployment that was recorded before and has changed.
    pub updated: Option<Deployment>,
    /// Who asked for it, for the audit trail; none for what the workflow records.
    pub audit: Option<AuditEntry>,
    /// The revisions that are kept with it for the first time: the new one, if it makes one.
    pub revisions: Vec<KeptRevision>,
}

/// What is new in a set, and what is not in it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference<T> {
    /// What is new.
    pub added: Vec<T>,
    /// What is gone.
    pub removed: Vec<T>,
}

impl<T: PartialEq> Difference<T> {
    /// What makes `old` into `new`.
    #[must_use]
    pub fn between(old: Vec<T>, new: Vec<T>) -> Self {
        let (kept, removed): (Vec<T>, Vec<T>) = old.into_iter().partition(|item| new.contains(item));
        let added = new.into_iter().filter(|item| !kept.contains(item)).collect();
        Self { added, removed }
    }
}

impl Transition {
    pub(super) fn creating(after: Pipeline, queued: Deployment) -> Self {
        let after = Pipeline { version: 1, ..after };
        Self {
            before: None,
            after,
            queued: Some(queued),
            updated: None,
            audit: None,
            revisions: Vec::new(),
        }
    }

    pub(super) fn changing(before: &Pipeline, after: Pipeline) -> Self {
        let after = Pipeline {
            version: before.version + 1,
            ..after
        };
        Self {
            before: Some(before.clone()),
            after,
            queued: None,
            updated: None,
            audit: None,
            revisions: Vec::new(),
        }
    }

    pub(super) fn audited(self, entry: AuditEntry) -> Self {
        Self {
            audit: Some(entry),
            ..self
        }
    }

    /// With the new `revision`. Where none was kept before, the one before it is kept, too, as much as the record says.
    pub(super) fn keeping(self, revision: KeptRevision) -> Self {
        let unkept = self.before.as_ref();
        let unkept = unkept.filter(|before| before.revisions_since.is_none());
        let mut revisions: Vec<KeptRevision> = unkept.map(KeptRevision::from_record).into_iter().collect();
        revisions.push(revision);
        Self { revisions, ..self }
    }

    /// The revision that is not kept any more: the oldest one, once there are [`KEPT_REVISIONS`](crate::revision::KEPT_REVISIONS).
    #[must_use]
    pub fn dropped_revision(&self) -> Option<Revision> {
        let oldest = self.before.as_ref()?.oldest_kept_revision();
        (!self.revisions.is_empty() && oldest < self.after.oldest_kept_revision()).then_some(oldest)
    }

    /// The listings that the pipeline comes to stand in, and those that it leaves.
    #[must_use]
    pub fn listings(&self) -> Difference<Listing> {
        let old = self.before.as_ref().map(Pipeline::listings).unwrap_or_default();
        Difference::between(old, self.after.listings())
    }

    /// The environments that the pipeline begins to use, and those that it does not use any more.
    #[must_use]
    pub fn environments(&self) -> Difference<EnvironmentId> {
        let used = |pipeline: &Pipeline| {
            let ids: BTreeSet<&EnvironmentId> = match pipeline.status {
                PipelineStatus::Deleted => BTreeSet::new(),
                _ => pipeline.environment_ids(),
            };
            ids.into_iter().cloned().collect::<Vec<_>>()
        };
        let old = self.before.as_ref().map(used).unwrap_or_default();
        Difference::between(old, used(&self.after))
    }

    /// By how much the number of pipelines changes that count for the team's quota.
    #[must_use]
    pub fn counts(&self) -> i8 {
        let counts =
            |pipeline: &Pipeline| i8::from(pipeline.counted && pipeline.status != PipelineStatus::Deleted);
        counts(&self.after) - self.before.as_ref().map_or(0, counts)
    }

    /// Who wrote the pipeline's definition with this change and when: one of those who had a hand in what it delivers.
    #[must_use]
    pub fn contributor(&self) -> Option<(&Username, OffsetDateTime)> {
        let Self { before, after, .. } = self;
        match before {
            None => Some((&after.owner, after.created_at)),
            Some(before) if before.definition() != after.definition() => {
                Some((after.updated_by.as_ref()?, after.updated_at))
            }
            Some(_) => None,
        }
    }
}

impl Pipeline {
    /// When the history of the pipeline may be forgotten, if it is deleted: [`HISTORY_DAYS`] later.
    #[must_use]
    pub fn forgotten_at(&self) -> Option<OffsetDateTime> {
        self.deleted_at
            .map(|deleted_at| deleted_at + Duration::days(HISTORY_DAYS.into()))
    }
}
