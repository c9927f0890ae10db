//! The stacks of the strategy `cdk-trunk`, put together in the order in which the CDK writes them. They equal what the
//! pipeline's repository says of itself: its first run finds nothing to change.

mod artifacts;
mod builds;
mod constructs;
mod deploy_stage;
mod pipeline;
mod source;
mod support_stack;

use domain::{Result, blueprint::Blueprint};

use crate::{Stacks, build_logs, cicd::Cicd};

pub(crate) use self::artifacts::holds_artifacts;
use self::builds::Build;

/// The stacks of a pipeline.
pub(crate) fn stacks(blueprint: &Blueprint) -> Result<Stacks> {
    let cicd = &Cicd::of(blueprint);
    let mut template = cicd.empty_template()?;
    source::add_rule(cicd, &mut template);
    build_logs::add(cicd, &mut template);
    artifacts::add(cicd, &mut template);
    pipeline::add(cicd, &mut template);
    source::add_roles(cicd, &mut template);
    Build::Synth.add(cicd, &mut template);
    deploy_stage::add_approval_roles(cicd, &mut template);
    builds::add_action_role(&mut template);
    Build::SelfMutate.add(cicd, &mut template);
    Ok(Stacks {
        support: cicd
            .support_regions()
            .into_iter()
            .map(|region| support_stack::stack(cicd, region))
            .collect(),
        cicd: cicd.stack(template),
    })
}
