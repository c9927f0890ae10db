//! Taking away a stage's approval: that is for the team of the stage's environment.

use domain::{
    Error, Result,
    environment::Environment,
    permissions::Caller,
    pipeline::{Pipeline, Stage},
};

use crate::records::EnvironmentsById;

/// Checks that `caller` may take away the approvals that `pipeline` loses when its stages become `wanted`.
/// [`Error::Forbidden`] with the stages if not.
pub(super) fn check(
    caller: &Caller,
    pipeline: &Pipeline,
    wanted: &[Stage],
    environments: &EnvironmentsById,
) -> Result<()> {
    let forbidden: Vec<String> = wanted
        .iter()
        .filter(|stage| !stage.manual_approval)
        .filter_map(|stage| {
            let environment = environments.get(&stage.environment_id)?;
            let lowered = was_protected(pipeline, wanted, stage, environment, environments);
            (lowered && !caller.may_lower_protection_of(environment)).then(|| {
                format!(
                    "only the team of its environment, {}, may take away the approval before the stage {}",
                    environment.team, stage.name
                )
            })
        })
        .collect();
    if forbidden.is_empty() {
        Ok(())
    } else {
        Err(Error::Forbidden(forbidden.join("; ")))
    }
}

/// Whether a person approved until now what is delivered there: as this stage, as one that it takes the place of, or as one that
/// was removed before and has left its stack.
fn was_protected(
    pipeline: &Pipeline,
    wanted: &[Stage],
    stage: &Stage,
    environment: &Environment,
    environments: &EnvironmentsById,
) -> bool {
    let place = |environment: &Environment| (environment.account_id.clone(), environment.region.clone());
    let there = place(environment);
    let mut same_name = pipeline.stages.iter().filter(|before| before.name == stage.name);
    if let Some(before) = same_name.next() {
        let stays = before.environment_id == stage.environment_id;
        if stays || before.manual_approval {
            return before.manual_approval;
        }
    }
    let replaced = pipeline.stages.iter().any(|before| {
        let stays =
            |after: &Stage| after.name == before.name && after.environment_id == before.environment_id;
        before.manual_approval
            && !wanted.iter().any(stays)
            && environments.get(&before.environment_id).map(place).as_ref() == Some(&there)
    });
    let removed = pipeline
        .orphans
        .iter()
        .any(|orphan| orphan.manual_approval && (orphan.account_id.clone(), orphan.region.clone()) == there);
    replaced || removed
}
