//! Deploying the present revision of a pipeline again.

use domain::{
    Result, consent, deployment::Deployment, ids::PipelineId, lifecycle, lifecycle::Holder,
    permissions::Caller,
};
use time::OffsetDateTime;

use super::{
    holder::{Executions, holder},
    start::recorded,
};
use crate::{
    access::accessible,
    ids,
    records::{
        CommitPipelines, EnvironmentsOfPipelines, environments_by_id,
        idempotency::{Answer, Idempotency, replayed},
        retrying,
    },
};

/// Deploys the present revision of the pipeline `id`. While a deployment is under way, that one is the answer; one whose
/// execution has died gives its place up.
pub async fn redeploy(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    executions: &impl Executions,
    caller: &Caller,
    id: &PipelineId,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Deployment> {
    retrying(async || {
        if let Some(answered) = replayed::<Deployment>(store, request).await? {
            return Ok(answered);
        }
        let pipeline = accessible(store, caller, id).await?;
        lifecycle::accepts_requests(&pipeline)?;
        let environments = environments_by_id(store, &pipeline.environment_ids()).await?;
        consent::check(&pipeline, &environments)?;
        let holder = holder(store, executions, &pipeline, now).await?;
        if let Holder::UnderWay(present) = holder {
            return Ok(present);
        }
        let own = lifecycle::Request::of(caller, now, ids::deployment_id()?);
        let (deployment, transition) = lifecycle::redeploy(&pipeline, &holder, own)?;
        let answer = Answer::to(request, &deployment)?;
        store.commit_pipeline(&transition, answer.as_ref()).await?;
        recorded(transition);
        Ok(deployment)
    })
    .await
}
