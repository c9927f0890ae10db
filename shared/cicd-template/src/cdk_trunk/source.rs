//! The stage `Source`: the repository, and the rule that starts the pipeline when its branch moves.

use domain::repository::MAIN_BRANCH;
use serde_json::Value;

use super::{
    artifacts,
    constructs::{pipeline_arn, pipeline_construct, pipeline_id, pipeline_in_app, pipeline_role},
};
use crate::{
    cicd::Cicd,
    code_pipeline::Action,
    iam,
    intrinsics::arn_of,
    logical_id::Path,
    source::{self, BranchRule},
    template::Template,
};

/// The artifact that the source action puts out: the repository's files.
pub(crate) fn artifact(cicd: &Cicd<'_>) -> String {
    let name = format!("{}_Source", cicd.repository);
    name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_")
}

fn action_role(cicd: &Cicd<'_>) -> Path {
    pipeline_construct(&["Source", &cicd.repository, "CodePipelineActionRole"])
}

/// The ARN of the role with which the pipeline reads the repository.
pub(crate) fn action_role_arn(cicd: &Cicd<'_>) -> Value {
    arn_of(&action_role(cicd).resource_id())
}

fn events_role() -> Path {
    pipeline_construct(&["EventsRole"])
}

/// Adds the rule that starts the pipeline.
pub(crate) fn add_rule(cicd: &Cicd<'_>, template: &mut Template) {
    let rule = BranchRule {
        repository: &cicd.repository,
        pipeline_in_app: &pipeline_in_app(cicd),
        pipeline: &pipeline_id(),
        branch: MAIN_BRANCH,
        role: &arn_of(&events_role().resource_id()),
        but_not_by: None,
    };
    template.add(rule.resource(cicd));
}

/// The action that reads the repository.
pub(crate) fn action(cicd: &Cicd<'_>) -> Action {
    source::action(cicd, cicd.repository.clone(), MAIN_BRANCH, artifact(cicd)).role(action_role_arn(cicd))
}

/// Adds the roles of the action and of the rule.
pub(crate) fn add_roles(cicd: &Cicd<'_>, template: &mut Template) {
    let action_role = action_role(cicd);
    template.add(iam::role(&action_role, &iam::trust_in_role(pipeline_role())));
    template.add(iam::default_policy(
        &action_role,
        artifacts::store()
            .read_write()
            .into_iter()
            .chain([source::read_repository(cicd)]),
    ));
    let events_role = events_role();
    template.add(iam::role(
        &events_role,
        &iam::trust_in_service("events.amazonaws.com"),
    ));
    template.add(iam::default_policy(
        &events_role,
        [source::start_pipelines(vec![pipeline_arn(cicd)])],
    ));
}
