//! Listing a pipeline's deployments, the newest first.

use domain::{Result, deployment::Deployment, ids::PipelineId, permissions::Caller};

use crate::{
    access::readable,
    records::{
        Pipelines,
        listing::{Entry, Page, PageRequest, cut_to_page},
    },
};

/// Reads a pipeline's deployments.
pub trait DeploymentHistory: Sync {
    /// Up to `limit` deployments of `pipeline` before the row `after`, the newest first. [`Error::Invalid`](domain::Error) for
    /// `nextToken` if `after` is no key of a deployment's row.
    fn deployments(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry<Deployment>>>> + Send;
}

/// A page of the deployments of `pipeline`.
pub async fn list(
    store: &(impl DeploymentHistory + Pipelines),
    caller: &Caller,
    pipeline: &PipelineId,
    request: &PageRequest,
) -> Result<Page<Deployment>> {
    readable(store, caller, pipeline).await?;
    // One more than asked for tells whether there is a next page.
    let entries = store
        .deployments(pipeline, request.start.after.as_deref(), request.limit + 1)
        .await?;
    Ok(cut_to_page(entries, request))
}
