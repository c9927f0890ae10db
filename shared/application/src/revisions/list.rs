//! Listing a pipeline's revisions, the newest first.

use std::collections::BTreeSet;

use domain::{
    Error, Result,
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
        listing::{Entry, Page, PageRequest, Position, cut_to_page},
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
        let limit = request.limit.min(fitting(&entries)?);
        cut_to_page(
            entries,
            &PageRequest {
                limit,
                ..request.clone()
            },
        )
    };
    let environments = environments(store, caller, &pipeline, &page.items).await?;
    Ok(Revisions { page, environments })
}

/// How many of `entries` an answer of Lambda has room for: one at least. It holds 6 MB, and a definition with the longest tags 62 KB; its
/// stages are shown with their environments.
fn fitting(entries: &[Entry<KeptRevision>]) -> Result<usize> {
    const MAX_PAGE_BYTES: usize = 4_000_000;
    let (mut bytes, mut fitting) = (0, 0);
    for Entry { record, .. } in entries {
        bytes += serde_json::to_vec(record)
            .map_err(|error| Error::Internal(format!("a revision cannot be written: {error}")))?
            .len();
        if bytes > MAX_PAGE_BYTES {
            break;
        }
        fitting += 1;
    }
    Ok(fitting.max(1))
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
