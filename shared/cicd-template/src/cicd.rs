//! The CICD stack of a pipeline: its names, its place and an empty template for it.

use domain::{
    Result,
    account::{AccountId, Region},
    blueprint::Blueprint,
    names::PipelineNames,
};
use rendering::application;
use serde_json::{Value, json};

use crate::{
    Stack, bootstrap, intrinsics::reference, partition::Partition, tags::ResourceTags, template::Template,
};

/// The CICD stack of a blueprint.
#[derive(Debug)]
pub(crate) struct Cicd<'b> {
    pub(crate) blueprint: &'b Blueprint,
    pub(crate) names: PipelineNames<'b>,
    /// The stack's name; its construct id, too.
    pub(crate) stack: String,
    /// The repository's name.
    pub(crate) repository: String,
    pub(crate) partition: Partition,
}

impl<'b> Cicd<'b> {
    pub(crate) fn of(blueprint: &'b Blueprint) -> Self {
        let names = PipelineNames::from(blueprint);
        Self {
            blueprint,
            names,
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

    /// The regions of support stacks, in the order of their first stage.
    pub(crate) fn support_regions(&self) -> Vec<&'b Region> {
        let stages = self.blueprint.stages.iter();
        let regions = stages.map(|stage| &stage.target.region);
        self.blueprint.strategy.support_regions(self.region(), regions)
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

    /// The ARN of a pipeline of this stack.
    pub(crate) fn pipeline_arn(&self, logical_id: &str) -> Value {
        self.arn("codepipeline", [reference(logical_id)])
    }

    /// What the ARNs begin with of the sessions in which deployments work in the CICD account.
    pub(crate) fn deployment_sessions_arn(&self) -> Value {
        let prefix = &self.blueprint.prefix;
        self.partition.arn([json!(format!(
            "sts::{}:assumed-role/{}/{}",
            self.account(),
            prefix.environment_role(self.region()),
            prefix.deployment_sessions()
        ))])
    }

    /// The stack's template without resources.
    pub(crate) fn empty_template(&self) -> Result<Template> {
        let target = &self.blueprint.cicd;
        let boundary = target
            .permissions_boundary
            .as_ref()
            .map(|boundary| boundary.arn(&target.account_id));
        Ok(Template::new(self.stack.clone())
            .description(application::stack_description(self.blueprint))
            .tags(ResourceTags::new(application::tags(self.blueprint))?)
            .permissions_boundary(boundary))
    }

    /// The stack with the template in which all resources are.
    pub(crate) fn stack(&self, template: Template) -> Stack {
        Stack {
            name: self.stack.clone(),
            account_id: self.account().clone(),
            region: self.region().clone(),
            template: template.render(bootstrap::version_check(&self.blueprint.cicd)),
        }
    }
}
