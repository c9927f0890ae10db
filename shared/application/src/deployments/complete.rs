//! Recording that a deployment has ended, and what comes next.

use domain::{
    Error, Result,
    deployment::{Deployment, RunOutcome},
    lifecycle,
    pipeline::Pipeline,
};
use time::OffsetDateTime;

use crate::{
    ids,
    records::{CommitPipelines, retrying},
};

/// What is recorded of a deployment that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Completed {
    /// The pipeline's record.
    pub(crate) pipeline: Pipeline,
    /// The deployment of what was asked for meanwhile, if this has queued one.
    pub(crate) queued: Option<Deployment>,
}

/// Records that the deployment `ended` has ended, what its run has left, and what comes next. Nothing is written if it does
/// not hold the pipeline any more: then a later one has taken its place, or this comes twice.
pub(crate) async fn complete(
    store: &impl CommitPipelines,
    ended: &Deployment,
    outcome: &RunOutcome,
    now: OffsetDateTime,
) -> Result<Completed> {
    retrying(async || {
        let pipeline = store
            .pipeline(&ended.pipeline_id)
            .await?
            .ok_or_else(|| Error::not_found("pipeline", &ended.pipeline_id))?;
        let next = ids::deployment_id()?;
        let Some(transition) = lifecycle::completed(&pipeline, ended, outcome, next, now) else {
            return Ok(Completed {
                pipeline,
                queued: None,
            });
        };
        store.commit_pipeline(&transition, None).await?;
        Ok(Completed {
            pipeline: transition.after,
            queued: transition.queued,
        })
    })
    .await
}
