//! The use cases. Each has a file of its own, with the traits of what it needs; AWS adapters implement those.

pub mod workflow;
