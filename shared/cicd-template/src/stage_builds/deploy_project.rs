//! The build that deploys a stage.

use domain::{blueprint::StageBlueprint, ids::StageName};
use rendering::stage_builds::{BUILD_SPEC, STAGE_VARIABLE};
use serde_json::{Value, json};

use super::artifacts;
use crate::{build_project::BuildProject, cicd::Cicd, iam::Statement, logical_id::Path, template::Template};

/// The roles of the CDK bootstrap that the CDK's command line assumes.
const BOOTSTRAP_ROLES: [&str; 4] = ["deploy", "file-publishing", "image-publishing", "lookup"];

/// What holds the project and its role.
fn scope(stage: &StageName) -> Path {
    Path::new([format!("Deploy-{stage}")])
}

fn path(stage: &StageName) -> Path {
    scope(stage).child("Default")
}

/// The logical id of the project.
pub(crate) fn logical_id(stage: &StageName) -> String {
    path(stage).resource_id()
}

/// Adds the project of a stage, whose builds may deploy to the environment of this stage and to no other.
pub(crate) fn add(cicd: &Cicd<'_>, stage: &StageBlueprint, template: &mut Template) {
    let blueprint = cicd.blueprint;
    let store = artifacts::store();
    let roles: Vec<Value> = BOOTSTRAP_ROLES
        .iter()
        .map(|kind| json!(stage.target.bootstrap_role_arn(kind)))
        .collect();
    let assume = Statement::allow(&["sts:AssumeRole"]).on(roles);
    BuildProject {
        path: path(&stage.name),
        role: scope(&stage.name).child("Role"),
        name: Some(cicd.names.deploy_project(&stage.name)),
        description: format!(
            "Deploys the stage {} of the pipeline {}",
            stage.name, blueprint.name
        ),
        build_spec: BUILD_SPEC.to_owned(),
        variables: vec![
            (STAGE_VARIABLE, stage.name.to_string()),
            ("PIPELINE_ID", blueprint.id.to_string()),
            ("PIPELINE_NAME", blueprint.name.to_string()),
        ],
        defaults_of_the_cdk: false,
        permissions: [assume].into_iter().chain(store.read()).collect(),
    }
    .add(cicd, &store, template);
}
