//! The workflow's steps against a small model of the services: every call may fail before it did anything, after it did
//! all (the answer is lost), or be throttled; steps run twice and at the same time.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

mod commit_branches;
mod commit_repository;
mod deletion;
mod deploy_stack;
mod drift;
#[path = "../support/fault.rs"]
mod fault;
mod fixtures;
mod payloads;
mod prepare;
mod previews;
mod render_repository;
mod start_pipelines;
#[path = "../support/mod.rs"]
mod support;
mod world;
