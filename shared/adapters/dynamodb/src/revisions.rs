//! The rows of revisions: each is written once, with the transition that makes it.

use application::{
    records::listing::Entry,
    revisions::{KeptRevisions, RevisionHistory},
};
use domain::{
    Result,
    ids::PipelineId,
    lifecycle::Transition,
    revision::{KeptRevision, Revision},
};

use crate::{
    Table,
    keys::{Key, REVISIONS, pipeline_partition},
    rows::item,
    transaction::Transaction,
};

impl KeptRevisions for Table {
    async fn revision(&self, pipeline: &PipelineId, revision: Revision) -> Result<Option<KeptRevision>> {
        self.read(Key::revision(pipeline, revision)).await
    }
}

impl RevisionHistory for Table {
    async fn revisions(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<KeptRevision>>> {
        self.newest_first(&pipeline_partition(pipeline), REVISIONS, after, limit)
            .await
    }
}

impl Transaction<'_> {
    /// Keeps the revisions that `transition` makes, and drops the one that is too many then.
    pub(crate) fn revisions(&mut self, transition: &Transition) -> Result<()> {
        for kept in &transition.revisions {
            self.replace(item(Key::revision(&kept.pipeline_id, kept.revision), kept)?)?;
        }
        match transition.dropped_revision() {
            Some(dropped) => self.remove(Key::revision(&transition.after.id, dropped)),
            None => Ok(()),
        }
    }
}
