//! Where the pipelines of the stack keep their artifacts: one bucket and one key for all.

use serde_json::{Value, json};

use crate::{
    artifact_store::{ArtifactStore, all_public_access_blocked, bucket_policy},
    cicd::Cicd,
    iam::{self, Statement},
    logical_id::Path,
    template::{RemovalPolicy, Resource, Template},
};

/// How long artifacts are kept. An approval waits for seven days at most; the rest is for going back to an earlier run.
const DAYS_KEPT: u32 = 90;
/// How long the parts of an upload that never ended are kept.
const DAYS_TO_UPLOAD: u32 = 7;

/// The store of all pipelines.
pub(crate) fn store() -> ArtifactStore {
    ArtifactStore::new(&key(), &bucket())
}

fn key() -> Path {
    Path::new(["ArtifactsKey", "Resource"])
}

fn bucket() -> Path {
    Path::new(["Artifacts", "Resource"])
}

/// Whether the bucket `logical_id` holds artifacts. It has the same id in all stacks.
pub(crate) fn holds_artifacts(logical_id: &str) -> bool {
    logical_id == bucket().logical_id()
}

/// Adds the store. It goes with the stack: what is in it can be made again from the repository.
pub(crate) fn add(cicd: &Cicd<'_>, template: &mut Template) {
    let store = store();
    // The account's own policies say who may use the key, so that nobody can be locked out of it.
    let account = Statement::allow(&["kms:*"])
        .by(iam::aws(vec![cicd.partition.root(cicd.account())]))
        .on_all();
    let description = format!("Artifacts of the pipeline {}", cicd.blueprint.name);
    template.add(
        Resource::new(
            key(),
            "AWS::KMS::Key",
            [
                ("Description", json!(description)),
                ("EnableKeyRotation", json!(true)),
                ("KeyPolicy", iam::document([account])),
            ],
        )
        .removal_policy(RemovalPolicy::Delete),
    );
    template.add(
        Resource::new(
            bucket(),
            "AWS::S3::Bucket",
            [
                ("BucketEncryption", encryption(&store.key_arn())),
                ("LifecycleConfiguration", lifecycle()),
                ("PublicAccessBlockConfiguration", all_public_access_blocked()),
            ],
        )
        .removal_policy(RemovalPolicy::Delete),
    );
    template.add(bucket_policy(
        Path::new(["Artifacts", "Policy", "Resource"]),
        store.bucket(),
        &[],
    ));
}

fn encryption(key: &Value) -> Value {
    json!({
        "ServerSideEncryptionConfiguration": [{
            "BucketKeyEnabled": true,
            "ServerSideEncryptionByDefault": { "KMSMasterKeyID": key, "SSEAlgorithm": "aws:kms" },
        }]
    })
}

fn lifecycle() -> Value {
    json!({
        "Rules": [{
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": DAYS_TO_UPLOAD },
            "ExpirationInDays": DAYS_KEPT,
            "Status": "Enabled",
        }]
    })
}
