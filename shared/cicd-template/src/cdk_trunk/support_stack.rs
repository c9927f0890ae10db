//! The stack in another region that holds what the pipeline needs there.

use domain::account::Region;
use serde_json::{Map, json};

use super::{
    artifacts::{REPLICATION_ALIAS, REPLICATION_BUCKET, REPLICATION_KEY, ReplicationStore, encrypted_with},
    constructs::deploy_roles_in,
};
use crate::{
    Stack,
    artifact_store::{all_public_access_blocked, bucket_policy, grant},
    cicd::Cicd,
    iam::{self, KMS_DECRYPT, KMS_ENCRYPT_DECRYPT, Statement},
    intrinsics::{arn_of, reference},
    logical_id::Path,
    partition::Partition,
    template::{RemovalPolicy, Resource, Template},
};

/// The support stack of `region`.
pub(crate) fn stack(cicd: &Cicd<'_>, region: &Region) -> Stack {
    let store = ReplicationStore::of(cicd, region);
    let partition = Partition::of(region);
    let readers = deploy_roles_in(cicd, region);
    let path = |ids: &[&str]| Path::new(["Default"].iter().chain(ids));
    let alias_path = path(&[REPLICATION_ALIAS, "Resource"]);
    let bucket_path = path(&[REPLICATION_BUCKET, "Resource"]);
    let key_path = path(&[REPLICATION_KEY, "Resource"]);
    let key = key_path.logical_id();

    let root = || iam::aws(vec![partition.root(cicd.account())]);
    let key_policy = [
        Statement::allow(&["kms:*"]).by(root()).on_all(),
        Statement::allow(&KMS_ENCRYPT_DECRYPT).by(root()).on_all(),
    ]
    .into_iter()
    .chain(grant(&KMS_DECRYPT, &readers, vec![json!("*")]));

    let mut template = Template::new(store.construct_id.clone());
    template.add(
        Resource::new(
            key_path,
            "AWS::KMS::Key",
            [("KeyPolicy", iam::document(key_policy))],
        )
        .removal_policy(RemovalPolicy::Delete),
    );
    let alias_arn = partition.arn([
        json!(format!("kms:{region}:{}:", cicd.account())),
        reference(&alias_path.logical_id()),
    ]);
    template.add(
        Resource::new(
            alias_path,
            "AWS::KMS::Alias",
            [("AliasName", json!(store.alias)), ("TargetKeyId", arn_of(&key))],
        )
        .removal_policy(RemovalPolicy::Delete),
    );
    let bucket = bucket_path.logical_id();
    template.add(
        Resource::new(
            bucket_path,
            "AWS::S3::Bucket",
            [
                ("BucketEncryption", encrypted_with(&alias_arn)),
                ("BucketName", json!(store.bucket)),
                ("PublicAccessBlockConfiguration", all_public_access_blocked()),
            ],
        )
        .removal_policy(RemovalPolicy::Retain),
    );
    template.add(bucket_policy(
        path(&[REPLICATION_BUCKET, "Policy", "Resource"]),
        &bucket,
        &readers,
    ));
    Stack {
        name: store.stack,
        account_id: cicd.account().clone(),
        region: region.clone(),
        template: template.render(Map::new()),
    }
}
