//! The REST API: a handler a file, below the resource that it serves.
//!
//! A handler reads a [`Request`], calls one use case and answers with a view of a record. Errors become problem documents
//! (RFC 9457) in one place.

pub mod answer;
pub mod audit;
mod console;
pub mod deployments;
pub mod entity_tags;
pub mod environments;
pub mod json;
pub mod me;
pub mod pipelines;
pub mod problem;
pub mod query;
pub mod redeployments;
pub mod request;
pub mod revisions;
pub mod runs;
pub mod server;
pub mod token;

pub use answer::Answer;
pub use application::platform::Platform;
pub use request::Request;
pub use server::{serve, serve_previewed_writes, serve_public, serve_writes};
