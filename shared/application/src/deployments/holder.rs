//! Finding out who has a pipeline when somebody asks for something else.

use domain::{Result, lifecycle::Holder, pipeline::Pipeline};
use time::{Duration, OffsetDateTime};

use super::start::WorkflowInput;
use crate::records::Deployments;

/// Tells whether an execution still runs.
pub trait Executions: Sync {
    /// Whether the execution for `input` runs.
    fn running(&self, input: &WorkflowInput) -> impl Future<Output = Result<bool>> + Send;
}

/// How long a deployment goes on for certain: what is recorded is started a moment later, and Step Functions may not tell of
/// an execution at once.
const BEGINS_WITHIN: Duration = Duration::minutes(1);

/// The deployment that has `pipeline`, seen at `now`.
pub(crate) async fn holder(
    store: &impl Deployments,
    executions: &impl Executions,
    pipeline: &Pipeline,
    now: OffsetDateTime,
) -> Result<Holder> {
    let Some(active) = &pipeline.active_deployment else {
        return Ok(Holder::Nobody);
    };
    let Some(deployment) = store.deployment(&pipeline.id, active).await? else {
        return Ok(Holder::Nobody);
    };
    let begins = now - deployment.created_at < BEGINS_WITHIN;
    let input = WorkflowInput::new(pipeline, &deployment.summary());
    Ok(if begins || executions.running(&input).await? {
        Holder::UnderWay(deployment)
    } else {
        Holder::Died(deployment)
    })
}
