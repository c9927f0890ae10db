//! What the parts of the CICD stack know of each other: names, construct paths, the stages' roles.

use domain::{
    account::{AccountId, Region, Target},
    blueprint::Blueprint,
    names::PipelineNames,
};
use serde_json::{Value, json};

use crate::{
    intrinsics::{arn_of, concat, reference, sorted_set},
    logical_id::Path,
    partition::{Partition, role_arn},
};

/// The construct id that the DDK gives to its pipeline.
const DDK_PIPELINE: &str = "DDKCodePipeline";

/// The CICD stack of a blueprint.
#[derive(Debug)]
pub(crate) struct Cicd<'b> {
    pub(crate) blueprint: &'b Blueprint,
    /// The stack's name; its construct id, too.
    pub(crate) stack: String,
    /// The repository's name; the pipeline's, too.
    pub(crate) repository: String,
    pub(crate) partition: Partition,
}

impl<'b> Cicd<'b> {
    pub(crate) fn of(blueprint: &'b Blueprint) -> Self {
        let names = PipelineNames::from(blueprint);
        Self {
            blueprint,
            stack: names.stack(),
            repository: names.repository(),
            partition: Partition::of(&blueprint.cicd.region),
        }
    }

    pub(crate) fn account(&self) -> &'b AccountId {
        &self.blueprint.cicd.account_id
    }

    pub(crate) fn region(&self) -> &'b Region {
        &self.blueprint.cicd.region
    }

    /// The path of the `CodePipeline` in the whole application.
    pub(crate) fn pipeline_in_app(&self) -> Path {
        Path::new([&self.stack, DDK_PIPELINE, "Pipeline"])
    }

    /// An ARN in the stack's account and region; `rest` may hold references.
    pub(crate) fn arn(&self, service: &str, rest: impl IntoIterator<Item = Value>) -> Value {
        let prefix = json!(format!("{service}:{}:{}:", self.region(), self.account()));
        self.partition.arn([prefix].into_iter().chain(rest))
    }

    /// The ARN of the repository.
    pub(crate) fn repository_arn(&self) -> Value {
        self.arn("codecommit", [json!(self.repository)])
    }

    /// The ARN of the pipeline.
    pub(crate) fn pipeline_arn(&self) -> Value {
        self.arn("codepipeline", [reference(&pipeline_id())])
    }

    /// The regions of stages beside the stack's own, in the order of their first stage.
    pub(crate) fn other_regions(&self) -> Vec<&'b Region> {
        let mut regions: Vec<&Region> = Vec::new();
        for stage in &self.blueprint.stages {
            let region = &stage.target.region;
            if region != self.region() && !regions.contains(&region) {
                regions.push(region);
            }
        }
        regions
    }

    /// The roles that deploy stages, each once.
    pub(crate) fn deploy_roles(&self) -> Vec<Value> {
        sorted_set(
            self.blueprint
                .stages
                .iter()
                .map(|stage| deploy_role(&stage.target)),
        )
    }

    /// The roles that deploy the stages of one region, each once: they read the artifacts there.
    pub(crate) fn deploy_roles_in(&self, region: &Region) -> Vec<Value> {
        sorted_set(
            self.blueprint
                .stages
                .iter()
                .filter(|stage| stage.target.region == *region)
                .map(|stage| deploy_role(&stage.target)),
        )
    }
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

/// A bucket's ARN and that of all its objects.
pub(crate) fn bucket_and_objects(logical_id: &str) -> Vec<Value> {
    vec![arn_of(logical_id), concat([arn_of(logical_id), json!("/*")])]
}
