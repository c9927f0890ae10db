//! Where use cases meet Lambda.

pub mod settings;
pub mod telemetry;
