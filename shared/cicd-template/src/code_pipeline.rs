//! The `CodePipeline` and the role that it runs with.

use domain::account::Region;
use serde_json::{Map, Value, json};

use crate::{
    artifact_store::{ArtifactStore, ReplicationStore},
    build_project::Project,
    constructs::{Cicd, build_action_role, pipeline_construct, pipeline_role},
    deploy_stage,
    iam::{self, KMS_ENCRYPT_DECRYPT, S3_READ_WRITE, Statement},
    intrinsics::{arn_of, sorted_set},
    source,
    template::{Resource, Template},
};

/// An action of a pipeline.
#[derive(Debug)]
pub(crate) struct Action {
    category: &'static str,
    provider: &'static str,
    name: String,
    role: Value,
    run_order: usize,
    configuration: Option<Value>,
    input: Option<String>,
    output: Option<String>,
    region: Option<Region>,
}

impl Action {
    pub(crate) fn new(category: &'static str, provider: &'static str, name: String, role: Value) -> Self {
        Self {
            category,
            provider,
            name,
            role,
            run_order: 1,
            configuration: None,
            input: None,
            output: None,
            region: None,
        }
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
        set("RoleArn", self.role);
        set("RunOrder", json!(self.run_order));
        Value::Object(action)
    }
}

/// Adds the pipeline and its role.
pub(crate) fn add(cicd: &Cicd<'_>, template: &mut Template) {
    let role = pipeline_construct(&["Role"]);
    template.add(iam::role(
        &role,
        &iam::trust_in_service("codepipeline.amazonaws.com"),
    ));
    template.add(iam::default_policy(&role, permissions(cicd)));
    template.add(
        Resource::new(
            pipeline_construct(&["Resource"]),
            "AWS::CodePipeline::Pipeline",
            properties(cicd),
        )
        .depends_on([iam::default_policy_id(&role), role.resource_id()]),
    );
}

fn replication_stores<'c>(cicd: &'c Cicd<'_>) -> impl Iterator<Item = ReplicationStore<'c>> {
    cicd.other_regions()
        .into_iter()
        .map(|region| ReplicationStore::of(cicd, region))
}

fn permissions(cicd: &Cicd<'_>) -> [Statement; 3] {
    let store = ArtifactStore::of();
    let replicas: Vec<Value> = replication_stores(cicd)
        .flat_map(|replica| replica.bucket_arns())
        .collect();
    // The keys of other regions are known by their aliases only, which IAM does not take.
    let keys = if replicas.is_empty() {
        vec![store.key_arn()]
    } else {
        sorted_set([store.key_arn(), json!("*")])
    };
    let action_roles = [
        arn_of(&build_action_role().resource_id()),
        source::action_role_arn(cicd),
    ];
    [
        Statement::allow(&S3_READ_WRITE).on(sorted_set(store.bucket_arns().into_iter().chain(replicas))),
        Statement::allow(&KMS_ENCRYPT_DECRYPT).on(keys),
        Statement::allow(&["sts:AssumeRole"]).on(sorted_set(
            action_roles
                .into_iter()
                .chain(deploy_stage::approval_roles(cicd))
                .chain(cicd.deploy_roles()),
        )),
    ]
}

fn properties(cicd: &Cicd<'_>) -> [(&'static str, Value); 6] {
    let stages: Vec<Value> = [
        json!({ "Actions": [source::action(cicd)], "Name": "Source" }),
        json!({ "Actions": [Project::Synth.action(cicd)], "Name": "Build" }),
        json!({ "Actions": [Project::SelfMutate.action(cicd)], "Name": "UpdatePipeline" }),
    ]
    .into_iter()
    .chain(
        cicd.blueprint
            .stages
            .iter()
            .map(|stage| deploy_stage::stage(cicd, stage)),
    )
    .collect();
    [
        artifact_stores(cicd),
        ("Name", json!(cicd.repository)),
        ("PipelineType", json!("V2")),
        ("RestartExecutionOnUpdate", json!(true)),
        ("RoleArn", pipeline_role()),
        ("Stages", Value::Array(stages)),
    ]
}

/// The property that says where artifacts are kept: one store, or one for each region.
fn artifact_stores(cicd: &Cicd<'_>) -> (&'static str, Value) {
    let own = ArtifactStore::of().location();
    let mut stores: Vec<Value> = replication_stores(cicd)
        .map(|replica| replica.location(cicd))
        .collect();
    if stores.is_empty() {
        return ("ArtifactStore", own);
    }
    stores.push(json!({ "ArtifactStore": own, "Region": cicd.region() }));
    ("ArtifactStores", Value::Array(stores))
}
