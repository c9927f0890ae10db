//! A bucket for artifacts and the key that encrypts them.

use serde_json::{Value, json};

use crate::{
    iam::{self, KMS_ENCRYPT_DECRYPT, S3_READ, S3_READ_WRITE, Statement},
    intrinsics::{arn_of, concat, reference},
    logical_id::Path,
    template::Resource,
};

/// The store in the pipeline's own region.
#[derive(Debug)]
pub(crate) struct ArtifactStore {
    key: String,
    bucket: String,
}

impl ArtifactStore {
    /// The store that consists of these two resources.
    pub(crate) fn new(key: &Path, bucket: &Path) -> Self {
        Self {
            key: key.logical_id(),
            bucket: bucket.logical_id(),
        }
    }

    /// The logical id of the bucket.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(crate) fn key_arn(&self) -> Value {
        arn_of(&self.key)
    }

    /// The ARNs of the bucket and of its objects.
    pub(crate) fn bucket_arns(&self) -> Vec<Value> {
        bucket_and_objects(&self.bucket)
    }

    /// What reads and writes artifacts is allowed so much.
    pub(crate) fn read_write(&self) -> [Statement; 2] {
        [
            Statement::allow(&S3_READ_WRITE).on(self.bucket_arns()),
            self.encrypt_decrypt(),
        ]
    }

    /// What reads artifacts is allowed so much by the CDK, which lets a build use the key both ways.
    pub(crate) fn read(&self) -> [Statement; 2] {
        [
            Statement::allow(&S3_READ).on(self.bucket_arns()),
            self.encrypt_decrypt(),
        ]
    }

    fn encrypt_decrypt(&self) -> Statement {
        Statement::allow(&KMS_ENCRYPT_DECRYPT).on(vec![self.key_arn()])
    }

    /// The store as a pipeline names it.
    pub(crate) fn location(&self) -> Value {
        location(&self.key_arn(), &reference(&self.bucket))
    }
}

/// A store as a pipeline names it.
pub(crate) fn location(key: &Value, bucket: &Value) -> Value {
    json!({ "EncryptionKey": { "Id": key, "Type": "KMS" }, "Location": bucket, "Type": "S3" })
}

/// A bucket's ARN and that of all its objects.
pub(crate) fn bucket_and_objects(logical_id: &str) -> Vec<Value> {
    vec![arn_of(logical_id), concat([arn_of(logical_id), json!("/*")])]
}

/// A bucket's property `PublicAccessBlockConfiguration`.
pub(crate) fn all_public_access_blocked() -> Value {
    json!({
        "BlockPublicAcls": true,
        "BlockPublicPolicy": true,
        "IgnorePublicAcls": true,
        "RestrictPublicBuckets": true,
    })
}

/// A statement that lets `readers` do `actions`, if there are any readers.
pub(crate) fn grant(actions: &[&'static str], readers: &[Value], on: Vec<Value>) -> Option<Statement> {
    (!readers.is_empty()).then(|| Statement::allow(actions).by(iam::aws(readers.to_vec())).on(on))
}

/// The policy of a bucket that `readers` of other accounts read: over TLS only.
pub(crate) fn bucket_policy(path: Path, bucket: &str, readers: &[Value]) -> Resource {
    let tls_only = Statement::deny(&["s3:*"])
        .by(iam::aws(vec![json!("*")]))
        .when(json!({ "Bool": { "aws:SecureTransport": "false" } }))
        .on(bucket_and_objects(bucket));
    let statements = [tls_only]
        .into_iter()
        .chain(grant(&S3_READ, readers, bucket_and_objects(bucket)));
    Resource::new(
        path,
        "AWS::S3::BucketPolicy",
        [
            ("Bucket", reference(bucket)),
            ("PolicyDocument", iam::document(statements)),
        ],
    )
}
