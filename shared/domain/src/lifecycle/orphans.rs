//! The stacks that stages leave behind.

use std::collections::BTreeMap;

use crate::{
    environment::Environment,
    ids::EnvironmentId,
    names::PipelineNames,
    pipeline::{Orphan, Pipeline, Stage},
    prefix::Prefix,
};

/// The orphans of a pipeline whose stages become `stages`: a stage that goes, or moves, leaves its application's stack
/// behind; one that comes back takes it over again.
#[must_use]
pub fn orphans(
    prefix: &Prefix,
    before: &Pipeline,
    stages: &[Stage],
    environments: &BTreeMap<EnvironmentId, Environment>,
) -> Vec<Orphan> {
    let names = PipelineNames::of(prefix, before);
    let stack = |stage: &Stage| {
        let environment = environments.get(&stage.environment_id)?;
        Some(Orphan {
            stage: stage.name.clone(),
            account_id: environment.account_id.clone(),
            region: environment.region.clone(),
            stack_name: names.stage_stack(&stage.name),
        })
    };
    let wanted: Vec<Orphan> = stages.iter().filter_map(stack).collect();
    let mut orphans = before.orphans.clone();
    for left in before.stages.iter().filter_map(stack) {
        if !orphans.contains(&left) {
            orphans.push(left);
        }
    }
    orphans.retain(|orphan| !wanted.contains(orphan));
    orphans
}
