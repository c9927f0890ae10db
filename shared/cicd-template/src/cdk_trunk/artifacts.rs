//! Where the pipeline keeps its artifacts: a bucket and a key in its own region, and one of each in every other region
//! that it deploys to.

use domain::account::Region;
use serde_json::{Value, json};

use super::constructs::{deploy_roles_in, pipeline_construct, pipeline_in_app};
use crate::{
    artifact_store::{ArtifactStore, all_public_access_blocked, bucket_policy, grant, location},
    cicd::Cicd,
    iam::{self, KMS_DECRYPT, Statement},
    logical_id::{Path, generated_physical_name},
    partition::Partition,
    template::{RemovalPolicy, Resource, Template},
};

/// The store in the pipeline's own region.
pub(crate) fn store() -> ArtifactStore {
    ArtifactStore::new(&key_path(), &bucket_path())
}

fn key_path() -> Path {
    pipeline_construct(&["ArtifactsBucketEncryptionKey", "Resource"])
}

fn bucket_path() -> Path {
    pipeline_construct(&["ArtifactsBucket", "Resource"])
}

/// Whether the bucket `logical_id` holds artifacts: the CDK has one of these in the names of all that do.
pub(crate) fn holds_artifacts(logical_id: &str) -> bool {
    let names = ["ArtifactsBucket", "ReplicationBucket"];
    names.iter().any(|name| logical_id.contains(name))
}

/// Adds the store of the pipeline's own region.
pub(crate) fn add(cicd: &Cicd<'_>, template: &mut Template) {
    let store = store();
    let readers = deploy_roles_in(cicd, cicd.region());
    let key_policy = [Statement::allow(&["kms:*"])
        .by(iam::aws(vec![cicd.partition.root(cicd.account())]))
        .on_all()]
    .into_iter()
    .chain(grant(&KMS_DECRYPT, &readers, vec![json!("*")]));
    template.add(
        Resource::new(
            key_path(),
            "AWS::KMS::Key",
            [
                ("EnableKeyRotation", json!(true)),
                ("KeyPolicy", iam::document(key_policy)),
            ],
        )
        .removal_policy(RemovalPolicy::Delete),
    );
    template.add(
        Resource::new(
            pipeline_construct(&["ArtifactsBucketEncryptionKeyAlias", "Resource"]),
            "AWS::KMS::Alias",
            [
                ("AliasName", json!(key_alias(cicd))),
                ("TargetKeyId", store.key_arn()),
            ],
        )
        .removal_policy(RemovalPolicy::Delete),
    );
    template.add(
        Resource::new(
            bucket_path(),
            "AWS::S3::Bucket",
            [
                ("BucketEncryption", encrypted_with(&store.key_arn())),
                ("PublicAccessBlockConfiguration", all_public_access_blocked()),
            ],
        )
        .removal_policy(RemovalPolicy::Retain),
    );
    template.add(bucket_policy(
        pipeline_construct(&["ArtifactsBucket", "Policy", "Resource"]),
        store.bucket(),
        &readers,
    ));
}

/// The alias of the pipeline's key: at most 256 characters.
fn key_alias(cicd: &Cicd<'_>) -> String {
    const PREFIX: &str = "alias/codepipeline-";
    let name = pipeline_in_app(cicd).resource_name(256 - PREFIX.len(), "/_-");
    format!("{PREFIX}{}", name.to_lowercase())
}

/// A store in another region: created by a stack of its own, whose resources have names that both stacks derive.
#[derive(Debug)]
pub(crate) struct ReplicationStore<'c> {
    region: &'c Region,
    /// The construct id of the stack that holds it.
    pub(crate) construct_id: String,
    /// The name of that stack.
    pub(crate) stack: String,
    /// The bucket's name, at most 63 characters.
    pub(crate) bucket: String,
    /// The key's alias.
    pub(crate) alias: String,
}

impl<'c> ReplicationStore<'c> {
    pub(crate) fn of(cicd: &Cicd<'_>, region: &'c Region) -> Self {
        let account = cicd.account();
        let construct_id = format!("cross-region-stack-{account}:{region}");
        let stack = cicd.names.support_stack(region);
        let generated = |construct: &str| {
            let unique_id = Path::new([&construct_id, "Default", construct]).logical_id();
            generated_physical_name(&stack, &unique_id, region.as_str(), account.as_str())
        };
        let alias = generated(REPLICATION_ALIAS);
        Self {
            region,
            bucket: generated(REPLICATION_BUCKET),
            // The CDK keeps the end of the name only.
            alias: format!("alias/{}", &alias[alias.len().saturating_sub(44)..]),
            construct_id,
            stack,
        }
    }

    /// The ARNs of the bucket and of its objects, as the pipeline's stack names them.
    pub(crate) fn bucket_arns(&self) -> [Value; 2] {
        let partition = Partition::of(self.region);
        ["", "/*"].map(|objects| partition.arn([json!(format!("s3:::{}{objects}", self.bucket))]))
    }

    /// The store as the pipeline names it.
    pub(crate) fn location(&self, cicd: &Cicd<'_>) -> Value {
        let key = format!("kms:{}:{}:{}", self.region, cicd.account(), self.alias);
        json!({
            "ArtifactStore": location(
                &Partition::of(self.region).arn([json!(key)]),
                &json!(self.bucket),
            ),
            "Region": self.region,
        })
    }
}

/// Construct ids in the stack of another region.
pub(crate) const REPLICATION_KEY: &str = "CrossRegionCodePipelineReplicationBucketEncryptionKey";
/// See [`REPLICATION_KEY`].
pub(crate) const REPLICATION_ALIAS: &str = "CrossRegionCodePipelineReplicationBucketEncryptionAlias";
/// See [`REPLICATION_KEY`].
pub(crate) const REPLICATION_BUCKET: &str = "CrossRegionCodePipelineReplicationBucket";

/// A bucket's property `BucketEncryption`.
pub(crate) fn encrypted_with(key: &Value) -> Value {
    json!({
        "ServerSideEncryptionConfiguration": [
            { "ServerSideEncryptionByDefault": { "KMSMasterKeyID": key, "SSEAlgorithm": "aws:kms" } }
        ]
    })
}
