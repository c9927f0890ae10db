//! Redeployments: what events mean, who sees them, how far they are and how they are cancelled; every call may fail before it
//! did anything, after it did all (the answer is lost), or be throttled.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

mod accept;
mod cancel;
mod decisions;
#[path = "../support/fault.rs"]
mod fault;
mod progress;
mod selection;
#[path = "../support/mod.rs"]
mod support;
mod world;
