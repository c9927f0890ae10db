//! The records in memory, for tests, and the [`contract`] that every store of records keeps.
//!
//! Both this store and the table run the contract's tests, so that a test of a use case with this one tells the truth.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::missing_panics_doc, reason = "a test fails by panicking")]

pub mod contract;
mod store;

pub use store::{Records, State};
