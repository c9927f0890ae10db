//! Where use cases meet Lambda: settings, telemetry, and a module for each kind of event.

pub mod settings;
#[cfg(feature = "step")]
pub mod step;
pub mod telemetry;
