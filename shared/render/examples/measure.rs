//! How long the pure part of a deployment takes and how large its templates are, for pipelines of different sizes.
//!
//! `cargo run --release -p render --example measure`

use std::{hint::black_box, time::Instant};

use domain::{Error, blueprint::Blueprint};
use serde_json::{Value, json};

const RUNS: u32 = 200;
const REGIONS: [&str; 4] = ["eu-west-1", "us-east-1", "ap-southeast-2", "us-west-2"];

fn main() -> Result<(), Error> {
    println!("stages  regions  approvals  repository  CICD template  support templates  files  templates");
    for (stages, regions, approvals) in [(2, 1, false), (10, 1, false), (20, 1, false), (20, 4, true)] {
        let blueprint = blueprint(stages, regions, approvals)?;
        let repository = rendering::repository(&blueprint)?;
        let stacks = cicd_template::stacks(&blueprint)?;
        println!(
            "{stages:6}  {regions:7}  {approvals:9}  {:8} B  {:11} B  {:15} B  {:3.0} µs  {:6.0} µs",
            repository
                .files()
                .iter()
                .map(|file| file.content.len())
                .sum::<usize>(),
            stacks.cicd.template.len(),
            stacks
                .support
                .iter()
                .map(|stack| stack.template.len())
                .sum::<usize>(),
            microseconds(|| rendering::repository(black_box(&blueprint)).is_ok()),
            microseconds(|| cicd_template::stacks(black_box(&blueprint)).is_ok()),
        );
    }
    Ok(())
}

fn blueprint(stages: usize, regions: usize, approvals: bool) -> Result<Blueprint, Error> {
    let stages: Vec<Value> = (0..stages)
        .map(|number| {
            json!({
                "name": format!("stage{number}"), "accountId": format!("{number:012}"),
                "region": REGIONS[number % regions], "team": "research", "manualApproval": approvals,
            })
        })
        .collect();
    Ok(domain::input::parse(&json!({
        "id": "k3j9x0ab", "name": "sales", "description": "Sales ingestion", "tags": { "cost-center": "42" },
        "team": "research", "strategy": "cdk-trunk",
        "cicd": { "accountId": "111111111111", "region": "eu-west-1" }, "stages": stages,
    }))?)
}

fn microseconds(work: impl Fn() -> bool) -> f64 {
    let start = Instant::now();
    for _ in 0..RUNS {
        black_box(work());
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(RUNS)
}
