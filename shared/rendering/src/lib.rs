//! The repository that a pipeline gets, as a pure function of its [`Blueprint`]: the same blueprint gives the same
//! bytes.

pub mod application;
pub mod cdk_trunk;
#[cfg(test)]
mod example;
mod formatters;
mod repository;
pub mod stage_builds;

use domain::{Result, blueprint::Blueprint, strategy::Strategy};

pub use repository::{File, Repository};

/// The files of the pipeline's repository.
pub fn repository(blueprint: &Blueprint) -> Result<Repository> {
    match blueprint.strategy {
        Strategy::CdkTrunk => cdk_trunk::repository(blueprint),
        Strategy::Trunk => stage_builds::trunk(blueprint),
        Strategy::Gitflow => stage_builds::gitflow(blueprint),
    }
}
