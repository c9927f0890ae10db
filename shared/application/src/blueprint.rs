//! A pipeline's blueprint: its record with its environments resolved.

use domain::{
    Error, Result,
    blueprint::{Blueprint, StageBlueprint},
    environment::Environment,
    ids::EnvironmentId,
    pipeline::Pipeline,
    prefix::Prefix,
};

use crate::records::EnvironmentsById;

/// The blueprint of `pipeline`, which uses these environments.
pub(crate) fn blueprint(
    prefix: &Prefix,
    pipeline: &Pipeline,
    environments: &EnvironmentsById,
) -> Result<Blueprint> {
    let stages = pipeline.stages.iter().map(|stage| {
        let environment = find(environments, &stage.environment_id)?;
        Ok(StageBlueprint {
            name: stage.name.clone(),
            target: environment.target(),
            team: environment.team.clone(),
            manual_approval: stage.manual_approval,
        })
    });
    Ok(Blueprint {
        prefix: prefix.clone(),
        id: pipeline.id.clone(),
        name: pipeline.name.clone(),
        description: pipeline.description.clone(),
        tags: pipeline.tags.clone(),
        team: pipeline.team.clone(),
        strategy: pipeline.strategy,
        cicd: find(environments, &pipeline.cicd_environment_id)?.hosting_target(prefix),
        stages: stages.collect::<Result<_>>()?,
    })
}

/// The environment `id` among `environments`.
pub(crate) fn find<'e>(environments: &'e EnvironmentsById, id: &EnvironmentId) -> Result<&'e Environment> {
    environments
        .get(id)
        .ok_or_else(|| Error::not_found("environment", id))
}
