//! The repository that a pipeline gets, as a pure function of its [`Blueprint`]: the same blueprint gives the same
//! bytes.

pub mod cdk_trunk;
mod formatters;
mod repository;

use domain::{Error, Result, blueprint::Blueprint, pipeline::Strategy};

pub use repository::{File, Repository};

/// The branch that a pipeline is delivered from.
pub const BRANCH: &str = domain::pipeline::MAIN_BRANCH;

/// The files of the pipeline's repository.
pub fn repository(blueprint: &Blueprint) -> Result<Repository> {
    match blueprint.strategy {
        Strategy::CdkTrunk => cdk_trunk::repository(blueprint),
        strategy @ (Strategy::Trunk | Strategy::Gitflow) => {
            Err(Error::StrategyNotAvailable(strategy.as_str()))
        }
    }
}
