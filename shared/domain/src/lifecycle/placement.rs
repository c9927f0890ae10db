//! Where a pipeline's stages are, and what those leave behind that go or move.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    environment::Environment,
    ids::EnvironmentId,
    names::PipelineNames,
    pipeline::{Orphan, Pipeline, Stage},
    prefix::Prefix,
    team::TeamName,
};

/// What follows for a pipeline from where its stages are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The application's stacks that are left behind.
    pub orphans: Vec<Orphan>,
    /// The teams of the stages' environments.
    pub stage_teams: BTreeSet<TeamName>,
}

impl Placement {
    /// The placement of the pipeline `before` when its stages become `stages`. A stage that goes, or moves, leaves its
    /// application's stack behind; one that comes back takes it over again.
    #[must_use]
    pub fn of(
        prefix: &Prefix,
        before: &Pipeline,
        stages: &[Stage],
        environments: &BTreeMap<EnvironmentId, Environment>,
    ) -> Self {
        let names = PipelineNames::of(prefix, before);
        let stack = |stage: &Stage| {
            let environment = environments.get(&stage.environment_id)?;
            Some(Orphan {
                stage: stage.name.clone(),
                account_id: environment.account_id.clone(),
                region: environment.region.clone(),
                stack_name: names.stage_stack(&stage.name),
                manual_approval: stage.manual_approval,
            })
        };
        let wanted: Vec<Orphan> = stages.iter().filter_map(stack).collect();
        let mut orphans = before.orphans.clone();
        for left in before.stages.iter().filter_map(stack) {
            if !orphans.iter().any(|orphan| orphan.same_stack(&left)) {
                orphans.push(left);
            }
        }
        orphans.retain(|orphan| !wanted.iter().any(|stack| stack.same_stack(orphan)));
        Self {
            orphans,
            stage_teams: stage_teams(stages, environments),
        }
    }
}

/// The teams of the environments of `stages`.
#[must_use]
pub fn stage_teams(
    stages: &[Stage],
    environments: &BTreeMap<EnvironmentId, Environment>,
) -> BTreeSet<TeamName> {
    let used = stages
        .iter()
        .filter_map(|stage| environments.get(&stage.environment_id));
    used.map(|environment| environment.team.clone()).collect()
}
