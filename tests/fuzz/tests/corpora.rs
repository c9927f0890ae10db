//! Each target with its corpus, and with seeded changes of it.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{fs, path::Path};

use fuzz_targets::{TARGETS, fuzz};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn each_target_keeps_its_promise_of_its_corpus() {
    for (target, _) in TARGETS {
        let inputs = corpus(target);
        assert!(!inputs.is_empty(), "{target}");
        for input in inputs {
            fuzz(target, &input);
        }
    }
}

#[test]
fn each_target_keeps_its_promise_of_changed_inputs() {
    let config = Config {
        cases: 2_000,
        failure_persistence: None,
        ..Config::default()
    };
    for (target, _) in TARGETS {
        let inputs = corpus(target);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(config.clone(), rng);
        let changed = (
            prop::sample::select(inputs.clone()),
            prop::sample::select(inputs),
            prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
        );
        let run = runner.run(&changed, |(mut input, other, bytes, from, to)| {
            for (index, byte) in bytes {
                if !input.is_empty() {
                    let at = index.index(input.len());
                    input[at] = byte;
                }
            }
            // The head of one and the tail of another.
            input.truncate(from.index(input.len() + 1));
            input.extend_from_slice(&other[to.index(other.len() + 1)..]);
            fuzz(target, &input);
            Ok(())
        });
        run.unwrap();
    }
}
