//! The use cases. Each has a file of its own, with the traits of what it needs; AWS adapters implement those.

mod access;
pub mod artifacts;
pub mod audit;
mod blueprint;
pub mod deliveries;
pub mod deployments;
pub mod environments;
pub mod hand_on;
mod ids;
pub mod linked_accounts;
pub mod me;
pub mod outbox;
pub mod pipelines;
pub mod platform;
pub mod rate_limit;
pub mod records;
pub mod redeployments;
pub mod revisions;
pub mod runs;
pub mod step;
pub mod workflow;
