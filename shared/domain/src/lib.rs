//! The product's vocabulary: environments, pipelines, stages, deployments, their names and who may do what.
//!
//! Nothing here knows AWS SDKs, HTTP or Lambda. A value of a type from this crate is valid: it is made by parsing.

pub mod account;
pub mod approval;
pub mod audit;
pub mod blueprint;
pub mod clock;
pub mod consent;
pub mod delivery;
pub mod deployment;
pub mod environment;
pub mod error;
pub mod event;
pub mod hosting;
pub mod ids;
pub mod input;
pub mod lifecycle;
pub mod listing;
pub mod names;
pub mod permissions;
pub mod pipeline;
pub mod prefix;
pub mod problems;
pub mod quota;
pub mod redeployment;
pub mod repository;
pub mod request;
pub mod revision;
pub mod run;
pub mod shared_account;
pub mod strategy;
pub mod tags;
pub mod team;
mod text;

pub use error::{Error, Result};
pub use problems::{Pointer, Problem, Problems};
