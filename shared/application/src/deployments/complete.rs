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

/// Records that the deployment `ended` has ended, what its run has left, and what comes next; the pipeline's record. If it does
/// not hold the pipeline any more, a later one has taken its place, which its own record then says, or this comes twice.
pub(crate) async fn complete(
    store: &impl CommitPipelines,
    ended: &Deployment,
    outcome: &RunOutcome,
    now: OffsetDateTime,
) -> Result<Pipeline> {
    retrying(async || {
        let pipeline = store
            .pipeline(&ended.pipeline_id)
            .await?
            .ok_or_else(|| Error::not_found("pipeline", &ended.pipeline_id))?;
        let next = ids::deployment_id()?;
        let mut transition = lifecycle::completed(&pipeline, ended, outcome, next, now);
        if transition.is_none() {
            let recorded = store.deployment(&ended.pipeline_id, &ended.id).await?;
            transition = recorded.and_then(|recorded| lifecycle::superseded(&pipeline, &recorded, now));
        }
        let Some(transition) = transition else {
            return Ok(pipeline);
        };
        store.commit_pipeline(&transition, None).await?;
        Ok(transition.after)
    })
    .await
}
