//! Runs: read, started, stopped, tried again, and their approvals answered.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test is documented by its name, and fails by panicking"
)]

mod answering;
mod operating;
mod reading;
mod world;
