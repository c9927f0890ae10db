//! Where use cases meet Lambda: settings, telemetry, and a module for each kind of event.

#[cfg(feature = "invocation")]
pub mod invocation;
#[cfg(feature = "step")]
mod metrics;
#[cfg(any(feature = "queue", feature = "step"))]
mod panics;
#[cfg(feature = "queue")]
pub mod queue;
pub mod settings;
#[cfg(feature = "step")]
pub mod step;
pub mod telemetry;
