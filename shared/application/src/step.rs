//! The frame of a step: what its input says of itself to the log, and what its answer tells the workflow.

use domain::{
    event::Ended,
    ids::{DeploymentId, PipelineId, RedeploymentId},
};

/// The input of a step: what it says of itself to the log.
pub trait StepInput {
    /// The pipeline that the step works for, if it is one.
    fn pipeline_id(&self) -> Option<&PipelineId>;

    /// The deployment that the step is part of, if it is known.
    fn deployment_id(&self) -> Option<&DeploymentId>;

    /// The redeployment that the step itself is part of; a deployment that one asked for has it as the id of its request.
    fn redeployment_id(&self) -> Option<&RedeploymentId> {
        None
    }
}

/// The answer of a step that ends a deployment.
pub trait EndsDeployment {
    /// How it ended.
    fn ended(&self) -> &Ended;
}
