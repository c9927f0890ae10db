//! The revisions of pipelines: what each one defined, and coming back to one.

pub mod list;
pub mod restore;

use domain::{
    Result,
    ids::PipelineId,
    revision::{KeptRevision, Revision},
};

use crate::records::listing::Entry;

/// Reads one revision.
pub trait KeptRevisions: Sync {
    /// What is kept of `revision` of `pipeline`, read consistently, if anything is.
    fn revision(
        &self,
        pipeline: &PipelineId,
        revision: Revision,
    ) -> impl Future<Output = Result<Option<KeptRevision>>> + Send;
}

/// Reads a pipeline's revisions.
pub trait RevisionHistory: Sync {
    /// Up to `limit` revisions of `pipeline` before the row `after`, the newest first. [`Error::Invalid`](domain::Error) for
    /// `nextToken` if `after` is no key of a revision's row.
    fn revisions(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry<KeptRevision>>>> + Send;
}
