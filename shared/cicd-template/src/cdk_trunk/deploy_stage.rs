//! A stage of the application: perhaps an approval, then a change set, made and executed.

use domain::{account::Region, blueprint::StageBlueprint, names::stage_construct};
use rendering::application::APPLICATION_STACK;
use serde_json::{Value, json};

use super::{
    builds::SYNTH_OUTPUT,
    constructs::{deploy_role, execution_role, pipeline_construct, pipeline_role},
};
use crate::{
    cicd::Cicd,
    code_pipeline::{self, Action},
    iam,
    intrinsics::arn_of,
    logical_id::Path,
    template::Template,
};

const CHANGE_SET: &str = "PipelineChange";

/// The stage as the pipeline defines it.
pub(crate) fn stage(cicd: &Cicd<'_>, stage: &StageBlueprint) -> Value {
    let stack = cicd.names.stage_stack(&stage.name);
    let mut actions = Vec::new();
    let mut prefix = String::new();
    if stage.manual_approval {
        let role = arn_of(&approval_role(stage).resource_id());
        actions.push(Action::new("Approval", "Manual", approval_name(stage)).role(role));
        // With company, the CDK tells the actions of a stack by its name.
        prefix = format!("{stack}.");
    }
    let deploy = |name: &str, order: usize, configuration: Value| {
        let action = Action::new("Deploy", "CloudFormation", format!("{prefix}{name}"))
            .role(deploy_role(&stage.target))
            .configuration(configuration)
            .run_order(order);
        match other_region(cicd, stage) {
            Some(region) => action.region(region.clone()),
            None => action,
        }
    };
    let order = actions.len() + 1;
    actions.push(
        deploy(
            "Prepare",
            order,
            json!({
                "StackName": stack,
                "Capabilities": "CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND",
                "RoleArn": execution_role(&stage.target),
                "ActionMode": "CHANGE_SET_REPLACE",
                "ChangeSetName": CHANGE_SET,
                "TemplatePath": format!("{SYNTH_OUTPUT}::{}", template_path(stage)),
            }),
        )
        .input(SYNTH_OUTPUT.to_owned()),
    );
    actions.push(deploy(
        "Deploy",
        order + 1,
        json!({ "StackName": stack, "ActionMode": "CHANGE_SET_EXECUTE", "ChangeSetName": CHANGE_SET }),
    ));
    code_pipeline::stage(stage_construct(&stage.name), actions)
}

/// Where the stage's template lies in the cloud assembly.
fn template_path(stage: &StageBlueprint) -> String {
    let construct = stage_construct(&stage.name);
    let template = Path::new([construct.as_str(), APPLICATION_STACK]).logical_id();
    format!("assembly-{construct}/{template}.template.json")
}

fn other_region<'s>(cicd: &Cicd<'_>, stage: &'s StageBlueprint) -> Option<&'s Region> {
    (stage.target.region != *cicd.region()).then_some(&stage.target.region)
}

/// The DDK's name of an approval: `PromoteTo` and the stage's name with a capital after each hyphen.
fn approval_name(stage: &StageBlueprint) -> String {
    let mut name = "PromoteTo".to_owned();
    let mut starts_word = true;
    for c in stage.name.as_str().chars() {
        name.push(if starts_word { c.to_ascii_uppercase() } else { c });
        starts_word = c == '-';
    }
    name
}

fn approval_role(stage: &StageBlueprint) -> Path {
    pipeline_construct(&[
        &stage_construct(&stage.name),
        &approval_name(stage),
        "CodePipelineActionRole",
    ])
}

fn with_approval<'c>(cicd: &'c Cicd<'_>) -> impl Iterator<Item = &'c StageBlueprint> {
    cicd.blueprint.stages.iter().filter(|stage| stage.manual_approval)
}

/// The ARNs of the roles of all approvals.
pub(crate) fn approval_roles(cicd: &Cicd<'_>) -> impl Iterator<Item = Value> {
    with_approval(cicd).map(|stage| arn_of(&approval_role(stage).resource_id()))
}

/// Adds the roles of all approvals; they may do nothing.
pub(crate) fn add_approval_roles(cicd: &Cicd<'_>, template: &mut Template) {
    for stage in with_approval(cicd) {
        template.add(iam::role(
            &approval_role(stage),
            &iam::trust_in_role(pipeline_role()),
        ));
    }
}
