//! The steps of the workflow that deploys and deletes pipelines.
//!
//! Each may run twice, half or late: it looks at what is there and does what is missing. Payloads carry ids and keys;
//! what is larger lies in the artifacts bucket under [`artifacts::ArtifactsPrefix`].

pub mod accounts;
pub mod artifacts;
pub mod bootstrap;
pub mod buckets;
pub mod check_deletion;
pub mod check_stack;
pub mod commit_repository;
pub mod delete_repository;
pub mod delete_stack;
pub mod deletion;
pub mod deploy_stack;
pub mod plan;
pub mod prepare;
pub mod prepare_deletion;
pub mod record_deletion;
pub mod record_outcome;
pub mod render_repository;
pub mod running;
pub mod stacks;
pub mod start_pipelines;

use domain::{deployment::DeploymentId, event::Ended, pipeline::PipelineId, redeployment::RedeploymentId};

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
