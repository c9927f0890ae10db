//! The steps of the workflow that deploys and deletes pipelines.
//!
//! Each may run twice, half or late: it looks at what is there and does what is missing. Payloads carry ids and keys;
//! what is larger lies in the artifacts bucket under [`ArtifactsPrefix`](crate::artifacts::ArtifactsPrefix).

pub mod buckets;
pub mod check_deletion;
pub mod check_stack;
pub mod close_stages;
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
pub mod start_pipelines;
