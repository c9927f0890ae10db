//! The use cases. Each has a file of its own, with the traits of what it needs; AWS adapters implement those.

pub mod deliveries;
pub mod deployments;
pub mod environments;
pub mod idempotency;
mod ids;
mod if_match;
pub mod listing;
pub mod pipelines;
pub mod platform;
pub mod redeployments;
pub mod runs;
pub mod workflow;
