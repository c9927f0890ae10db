//! The self-mutating pipeline.

use serde_json::{Value, json};

use super::{
    artifacts::{self, ReplicationStore},
    builds::Build,
    constructs::{build_action_role, deploy_roles, pipeline_construct},
    deploy_stage, source,
};
use crate::{
    cicd::Cicd,
    code_pipeline::{CodePipeline, stage},
    iam::{KMS_ENCRYPT_DECRYPT, S3_READ_WRITE, Statement},
    intrinsics::{arn_of, sorted_set},
    template::Template,
};

/// Adds the pipeline and its role.
pub(crate) fn add(cicd: &Cicd<'_>, template: &mut Template) {
    CodePipeline {
        path: pipeline_construct(&[]),
        name: cicd.repository.clone(),
        artifact_stores: artifact_stores(cicd),
        stages: stages(cicd),
        restarts_on_update: true,
        permissions: permissions(cicd),
    }
    .add(template);
}

fn replication_stores<'c>(cicd: &'c Cicd<'_>) -> impl Iterator<Item = ReplicationStore<'c>> {
    cicd.support_regions()
        .into_iter()
        .map(|region| ReplicationStore::of(cicd, region))
}

fn permissions(cicd: &Cicd<'_>) -> Vec<Statement> {
    let store = artifacts::store();
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
    vec![
        Statement::allow(&S3_READ_WRITE).on(sorted_set(store.bucket_arns().into_iter().chain(replicas))),
        Statement::allow(&KMS_ENCRYPT_DECRYPT).on(keys),
        Statement::allow(&["sts:AssumeRole"]).on(sorted_set(
            action_roles
                .into_iter()
                .chain(deploy_stage::approval_roles(cicd))
                .chain(deploy_roles(cicd)),
        )),
    ]
}

fn stages(cicd: &Cicd<'_>) -> Vec<Value> {
    [
        stage("Source", [source::action(cicd)]),
        stage("Build", [Build::Synth.action(cicd)]),
        stage("UpdatePipeline", [Build::SelfMutate.action(cicd)]),
    ]
    .into_iter()
    .chain(
        cicd.blueprint
            .stages
            .iter()
            .map(|stage| deploy_stage::stage(cicd, stage)),
    )
    .collect()
}

/// The property that says where artifacts are kept: one store, or one for each region.
fn artifact_stores(cicd: &Cicd<'_>) -> (&'static str, Value) {
    let own = artifacts::store().location();
    let mut stores: Vec<Value> = replication_stores(cicd)
        .map(|replica| replica.location(cicd))
        .collect();
    if stores.is_empty() {
        return ("ArtifactStore", own);
    }
    stores.push(json!({ "ArtifactStore": own, "Region": cicd.region() }));
    ("ArtifactStores", Value::Array(stores))
}
