//! The CloudFormation templates of a pipeline's CICD stack, as a pure function of its [`Blueprint`].
//!
//! A template equals what the pinned CDK synthesizes, resource by resource and key by key in the same order: for
//! `cdk-trunk` from the repository of the same blueprint, so that the pipeline's first run finds nothing to change about
//! itself; for `trunk` and `gitflow` from a reference application. The parity tests hold it to that.

mod artifact_store;
mod bootstrap;
mod build_logs;
mod build_project;
mod cdk_trunk;
mod cicd;
mod code_pipeline;
mod iam;
mod intrinsics;
mod logical_id;
mod partition;
mod source;
mod stage_builds;
mod tags;
mod template;

use domain::{
    Result,
    account::{AccountId, Region},
    blueprint::Blueprint,
    strategy::Strategy,
};

/// A template body up to so many bytes may be sent inline to CloudFormation; a longer one goes by URL.
pub const MAX_INLINE_TEMPLATE_BYTES: usize = 51_200;

/// The stacks of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stacks {
    /// What the pipeline needs in other regions; created before the CICD stack, in any order.
    pub support: Vec<Stack>,
    /// The CICD stack.
    pub cicd: Stack,
}

/// A stack to be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its account: that of the CICD environment.
    pub account_id: AccountId,
    /// Its region.
    pub region: Region,
    /// Its template: JSON without white space.
    pub template: String,
}

impl Stacks {
    /// All stacks in an order in which they can be created.
    pub fn in_order(&self) -> impl Iterator<Item = &Stack> {
        self.support.iter().chain([&self.cicd])
    }
}

/// The stacks of the pipeline with their templates.
pub fn stacks(blueprint: &Blueprint) -> Result<Stacks> {
    match blueprint.strategy {
        Strategy::CdkTrunk => cdk_trunk::stacks(blueprint),
        Strategy::Trunk | Strategy::Gitflow => stage_builds::stacks(blueprint),
    }
}

/// Whether the bucket `logical_id` of a pipeline's stacks holds artifacts of its runs. What else a repository's developers
/// have added to the stacks is theirs.
#[must_use]
pub fn holds_artifacts(strategy: Strategy, logical_id: &str) -> bool {
    match strategy {
        Strategy::CdkTrunk => cdk_trunk::holds_artifacts(logical_id),
        Strategy::Trunk | Strategy::Gitflow => stage_builds::holds_artifacts(logical_id),
    }
}
