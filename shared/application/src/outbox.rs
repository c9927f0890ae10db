//! The outbox: what is recorded gets started.
//!
//! Requests and steps only record that something is to run. The table's stream tells of each such record, as often as it takes,
//! and its execution is started then. The same record is the same execution, so that nothing runs twice.

use domain::{
    Result,
    ids::{DeploymentId, PipelineId, RedeploymentId},
};
use time::OffsetDateTime;

use crate::{
    deployments::start::{self, Workflow},
    records::CommitPipelines,
    redeployments::{RedeploymentInput, RedeploymentWorkflow, Redeployments},
};

/// A record that asks for an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// A deployment of a pipeline.
    Deployment(PipelineId, DeploymentId),
    /// A redeployment of many pipelines.
    Redeployment(RedeploymentId),
}

/// What starts executions works with.
#[derive(Debug)]
pub struct Outbox<'a, S, W, R> {
    /// The records.
    pub store: &'a S,
    /// The workflow of one pipeline.
    pub workflow: &'a W,
    /// The workflow of many pipelines.
    pub redeployments: &'a R,
}

impl<S: CommitPipelines + Redeployments, W: Workflow, R: RedeploymentWorkflow> Outbox<'_, S, W, R> {
    /// Starts what `recorded` asks for, if it still does; what was done, in words.
    pub async fn start(&self, recorded: &Recorded, now: OffsetDateTime) -> Result<&'static str> {
        match recorded {
            Recorded::Deployment(pipeline, id) => {
                start::start(self.store, self.workflow, pipeline, id, now).await
            }
            Recorded::Redeployment(id) => {
                tracing::Span::current().record("redeploymentId", id.as_str());
                let Some(redeployment) = self.store.redeployment(id).await? else {
                    return Ok("its record is gone");
                };
                if redeployment.cancellation.is_some() {
                    return Ok("it was cancelled");
                }
                self.redeployments
                    .start(&RedeploymentInput::from(&redeployment))
                    .await?;
                Ok("execution started")
            }
        }
    }
}
