//! The CICD stack, put together in the order in which the CDK writes it.

use domain::{Result, blueprint::Blueprint};
use rendering::application;

use crate::{
    Stack, Stacks, artifact_store, bootstrap,
    build_project::{self, Project},
    code_pipeline,
    constructs::Cicd,
    deploy_stage, source, support_stack,
    tags::ResourceTags,
    template::Template,
};

/// The stacks of a pipeline of the strategy `cdk-trunk`.
pub(crate) fn stacks(blueprint: &Blueprint) -> Result<Stacks> {
    let cicd = Cicd::of(blueprint);
    Ok(Stacks {
        support: cicd
            .other_regions()
            .into_iter()
            .map(|region| support_stack::stack(&cicd, region))
            .collect(),
        cicd: Stack {
            name: cicd.stack.clone(),
            account_id: cicd.account().clone(),
            region: cicd.region().clone(),
            template: template(&cicd)?,
        },
    })
}

fn template(cicd: &Cicd<'_>) -> Result<String> {
    let target = &cicd.blueprint.cicd;
    let boundary = target
        .permissions_boundary
        .as_ref()
        .map(|boundary| boundary.arn(&target.account_id));
    let mut template = Template::new(cicd.stack.clone())
        .description(application::stack_description(cicd.blueprint))
        .tags(ResourceTags::new(application::tags(cicd.blueprint))?)
        .permissions_boundary(boundary);
    source::add_rule(cicd, &mut template);
    artifact_store::add(cicd, &mut template);
    code_pipeline::add(cicd, &mut template);
    source::add_roles(cicd, &mut template);
    Project::Synth.add(cicd, &mut template);
    deploy_stage::add_approval_roles(cicd, &mut template);
    build_project::add_action_role(&mut template);
    Project::SelfMutate.add(cicd, &mut template);
    Ok(template.render(bootstrap::version_check(target)))
}
