//! What the parts of the CICD stack know of each other: construct paths, the stages' roles.

use domain::account::{Region, Target};
use serde_json::Value;

use crate::{
    cicd::Cicd,
    intrinsics::{arn_of, sorted_set},
    logical_id::Path,
    partition::role_arn,
};

/// The construct id that the DDK gives to its pipeline.
const DDK_PIPELINE: &str = "DDKCodePipeline";

/// The path of the `CodePipeline` in the whole application.
pub(crate) fn pipeline_in_app(cicd: &Cicd<'_>) -> Path {
    Path::new([&cicd.stack, DDK_PIPELINE, "Pipeline"])
}

/// The ARN of the pipeline.
pub(crate) fn pipeline_arn(cicd: &Cicd<'_>) -> Value {
    cicd.pipeline_arn(&pipeline_id())
}

/// The roles that deploy stages, each once.
pub(crate) fn deploy_roles(cicd: &Cicd<'_>) -> Vec<Value> {
    sorted_set(
        cicd.blueprint
            .stages
            .iter()
            .map(|stage| deploy_role(&stage.target)),
    )
}

/// The roles that deploy the stages of one region, each once: they read the artifacts there.
pub(crate) fn deploy_roles_in(cicd: &Cicd<'_>, region: &Region) -> Vec<Value> {
    sorted_set(
        cicd.blueprint
            .stages
            .iter()
            .filter(|stage| stage.target.region == *region)
            .map(|stage| deploy_role(&stage.target)),
    )
}

/// The logical id of the `CodePipeline`.
pub(crate) fn pipeline_id() -> String {
    pipeline_construct(&["Resource"]).logical_id()
}

/// The ARN of the role that the pipeline runs with; it assumes the roles of the actions.
pub(crate) fn pipeline_role() -> Value {
    arn_of(&pipeline_construct(&["Role", "Resource"]).logical_id())
}

/// The path of the role with which the pipeline starts builds.
pub(crate) fn build_action_role() -> Path {
    ddk_construct(&["CodeBuildActionRole"])
}

/// A construct of the DDK's pipeline.
pub(crate) fn ddk_construct(ids: &[&str]) -> Path {
    Path::new([DDK_PIPELINE].iter().chain(ids))
}

/// A construct of the `CodePipeline` within the DDK's pipeline.
pub(crate) fn pipeline_construct(ids: &[&str]) -> Path {
    Path::new([DDK_PIPELINE, "Pipeline"].iter().chain(ids))
}

/// The role of the CDK bootstrap that the pipeline deploys a stage with.
pub(crate) fn deploy_role(target: &Target) -> Value {
    role_arn(&target.account_id, &target.bootstrap_role_name("deploy"))
}

/// The role of the CDK bootstrap that CloudFormation works with in a stage.
pub(crate) fn execution_role(target: &Target) -> Value {
    role_arn(&target.account_id, &target.bootstrap_role_name("cfn-exec"))
}
