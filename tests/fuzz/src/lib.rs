//! What is fuzzed. Each target takes any bytes, and panics if a promise does not hold of them.
//!
//! `make test-rust` runs the targets with the corpora and with seeded changes of them, `make fuzz` with libFuzzer.
#![allow(clippy::unwrap_used, reason = "a target fails by panicking")]

mod bodies;
mod events;
mod renderer;
mod requests;
mod tokens;

/// A target: a name, which is that of its corpus, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 4] = [
    ("bodies", bodies::fuzz),
    ("events", events::fuzz),
    ("renderer", renderer::fuzz),
    ("tokens", tokens::fuzz),
];

/// Runs the target `name`.
///
/// # Panics
/// If there is no such target, or a promise does not hold of `data`.
pub fn fuzz(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    target(data);
}
