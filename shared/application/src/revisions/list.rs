//! Listing a pipeline's revisions, the newest first.

use std::collections::BTreeSet;

use domain::{
    Result,
    ids::{EnvironmentId, PipelineId},
    permissions::Caller,
    pipeline::Pipeline,
    revision::KeptRevision,
};

use super::RevisionHistory;
use crate::{
    access::readable,
    records::{
        EnvironmentsById, EnvironmentsOfPipelines, Pipelines, environments_by_id,
        listing::{Page, PageRequest, Position, cut_to_page},
    },
};

/// A page of revisions with what is shown beside them.
#[derive(Clone, Debug)]
pub struct Revisions {
    pub page: Page<KeptRevision>,
    /// The environments of their stages, as far as they are there, and the pipeline uses them or the caller may see them.
    pub environments: EnvironmentsById,
}

/// A page of the revisions of the pipeline `id`: of one from before revisions were kept, the present one.
pub async fn list(
    store: &(impl RevisionHistory + Pipelines + EnvironmentsOfPipelines),
    caller: &Caller,
    id: &PipelineId,
    request: &PageRequest,
) -> Result<Revisions> {
    let pipeline = readable(store, caller, id).await?;
    let page = if pipeline.revisions_since.is_none() && request.start == Position::default() {
        Page {
            items: vec![KeptRevision::from_record(&pipeline)],
            next: None,
        }
    } else {
        // One more than asked for tells whether there is a next page.
        let entries = store
            .revisions(id, request.start.after.as_deref(), request.limit + 1)
            .await?;
        cut_to_page(entries, request)
    };
    let environments = environments(store, caller, &pipeline, &page.items).await?;
    Ok(Revisions { page, environments })
}

async fn environments(
    store: &impl EnvironmentsOfPipelines,
    caller: &Caller,
    pipeline: &Pipeline,
    revisions: &[KeptRevision],
) -> Result<EnvironmentsById> {
    let stages = revisions.iter().flat_map(|kept| &kept.definition.stages);
    let named: BTreeSet<&EnvironmentId> = stages.map(|stage| &stage.environment_id).collect();
    let mut found = environments_by_id(store, &named).await?;
    let used = pipeline.environment_ids();
    found.retain(|id, environment| used.contains(id) || caller.may_see_environment(environment));
    Ok(found)
}
