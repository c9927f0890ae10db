//! A pipeline of CodePipeline, its actions and the role that it runs with.

use domain::account::Region;
use serde_json::{Map, Value, json};

use crate::{
    iam::{self, Statement},
    intrinsics::arn_of,
    logical_id::Path,
    template::{Resource, Template},
};

/// An action of a pipeline.
#[derive(Debug)]
pub(crate) struct Action {
    category: &'static str,
    provider: &'static str,
    name: String,
    role: Option<Value>,
    run_order: usize,
    configuration: Option<Value>,
    input: Option<String>,
    output: Option<String>,
    region: Option<Region>,
}

impl Action {
    pub(crate) fn new(category: &'static str, provider: &'static str, name: String) -> Self {
        Self {
            category,
            provider,
            name,
            role: None,
            run_order: 1,
            configuration: None,
            input: None,
            output: None,
            region: None,
        }
    }

    /// The role that the action runs with, if not that of the pipeline.
    pub(crate) fn role(mut self, arn: Value) -> Self {
        self.role = Some(arn);
        self
    }

    pub(crate) fn configuration(mut self, configuration: Value) -> Self {
        self.configuration = Some(configuration);
        self
    }

    pub(crate) fn input(mut self, artifact: String) -> Self {
        self.input = Some(artifact);
        self
    }

    pub(crate) fn output(mut self, artifact: String) -> Self {
        self.output = Some(artifact);
        self
    }

    pub(crate) fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    pub(crate) fn run_order(mut self, order: usize) -> Self {
        self.run_order = order;
        self
    }

    pub(crate) fn render(self) -> Value {
        let mut action = Map::new();
        let mut set = |key: &str, value: Value| action.insert(key.to_owned(), value);
        set(
            "ActionTypeId",
            json!({ "Category": self.category, "Owner": "AWS", "Provider": self.provider, "Version": "1" }),
        );
        if let Some(configuration) = self.configuration {
            set("Configuration", configuration);
        }
        if let Some(artifact) = self.input {
            set("InputArtifacts", json!([{ "Name": artifact }]));
        }
        set("Name", json!(self.name));
        if let Some(artifact) = self.output {
            set("OutputArtifacts", json!([{ "Name": artifact }]));
        }
        if let Some(region) = self.region {
            set("Region", json!(region));
        }
        if let Some(role) = self.role {
            set("RoleArn", role);
        }
        set("RunOrder", json!(self.run_order));
        Value::Object(action)
    }
}

/// A pipeline to be added to a [`Template`].
#[derive(Debug)]
pub(crate) struct CodePipeline {
    pub(crate) path: Path,
    /// Its name: up to 100 characters.
    pub(crate) name: String,
    /// The property that says where artifacts are kept: one store, or one for each region.
    pub(crate) artifact_stores: (&'static str, Value),
    pub(crate) stages: Vec<Value>,
    /// Whether an update of the stack starts it, so that what the update adds is delivered without waiting for a push.
    pub(crate) restarts_on_update: bool,
    /// What its role may do.
    pub(crate) permissions: Vec<Statement>,
}

impl CodePipeline {
    /// Adds the pipeline and its role.
    pub(crate) fn add(self, template: &mut Template) {
        let role = self.path.child("Role");
        template.add(iam::role(
            &role,
            &iam::trust_in_service("codepipeline.amazonaws.com"),
        ));
        template.add(iam::default_policy(&role, self.permissions));
        let properties = [
            Some(self.artifact_stores),
            Some(("Name", json!(self.name))),
            Some(("PipelineType", json!("V2"))),
            self.restarts_on_update
                .then(|| ("RestartExecutionOnUpdate", json!(true))),
            Some(("RoleArn", arn_of(&role.resource_id()))),
            Some(("Stages", Value::Array(self.stages))),
        ];
        template.add(
            Resource::new(
                self.path.child("Resource"),
                "AWS::CodePipeline::Pipeline",
                properties.into_iter().flatten(),
            )
            .depends_on([iam::default_policy_id(&role), role.resource_id()]),
        );
    }
}

/// A stage of a pipeline.
pub(crate) fn stage(name: impl Into<String>, actions: impl IntoIterator<Item = Action>) -> Value {
    let actions: Vec<Value> = actions.into_iter().map(Action::render).collect();
    json!({ "Actions": actions, "Name": name.into() })
}
