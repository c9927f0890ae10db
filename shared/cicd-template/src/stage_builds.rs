//! The stacks of the strategies `trunk` and `gitflow`: a build per stage, run by one pipeline in a row or by a pipeline
//! for each stage and branch. Nothing in them changes itself: an edit of the pipeline is an update of its stack.

mod artifacts;
mod deploy_project;
mod pipeline;

use domain::{Result, blueprint::Blueprint};

use crate::{Stacks, build_logs, cicd::Cicd, template::Template};

pub(crate) use self::artifacts::holds_artifacts;
use self::pipeline::Pipeline;

/// The stacks of a pipeline. What it needs lies in one region, whatever the regions of its stages.
pub(crate) fn stacks(blueprint: &Blueprint) -> Result<Stacks> {
    let cicd = &Cicd::of(blueprint);
    let mut template = cicd.empty_template()?;
    add_resources(cicd, &mut template);
    Ok(Stacks {
        support: Vec::new(),
        cicd: cicd.stack(template),
    })
}

fn add_resources(cicd: &Cicd<'_>, template: &mut Template) {
    let pipelines = Pipeline::all(cicd);
    artifacts::add(cicd, template);
    build_logs::add(cicd, template);
    for pipeline in &pipelines {
        pipeline.add_rule(cicd, template);
    }
    pipeline::add_events_role(cicd, &pipelines, template);
    for pipeline in &pipelines {
        pipeline.add(cicd, template);
        for stage in pipeline.stages() {
            deploy_project::add(cicd, stage, template);
        }
    }
}
