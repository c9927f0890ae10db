//! Policy documents.

use serde_json::{Map, Value, json};

use crate::{
    intrinsics::{one_or_many, reference},
    logical_id::Path,
    template::Resource,
};

/// Reading and writing artifacts.
pub(crate) const S3_READ_WRITE: [&str; 10] = [
    "s3:Abort*",
    "s3:DeleteObject*",
    "s3:GetBucket*",
    "s3:GetObject*",
    "s3:List*",
    "s3:PutObject",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
];
/// Reading artifacts.
pub(crate) const S3_READ: [&str; 3] = ["s3:GetBucket*", "s3:GetObject*", "s3:List*"];
/// Encrypting and decrypting artifacts.
pub(crate) const KMS_ENCRYPT_DECRYPT: [&str; 5] = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
];
/// Decrypting artifacts.
pub(crate) const KMS_DECRYPT: [&str; 2] = ["kms:Decrypt", "kms:DescribeKey"];

/// A statement of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    effect: &'static str,
    actions: Vec<&'static str>,
    resources: Option<Value>,
    principal: Option<Value>,
    condition: Option<Value>,
}

impl Statement {
    pub(crate) fn allow(actions: &[&'static str]) -> Self {
        Self {
            effect: "Allow",
            actions: actions.to_vec(),
            resources: None,
            principal: None,
            condition: None,
        }
    }

    pub(crate) fn deny(actions: &[&'static str]) -> Self {
        Self {
            effect: "Deny",
            ..Self::allow(actions)
        }
    }

    pub(crate) fn on(mut self, resources: Vec<Value>) -> Self {
        self.resources = Some(one_or_many(resources));
        self
    }

    pub(crate) fn on_all(self) -> Self {
        self.on(vec![json!("*")])
    }

    pub(crate) fn by(mut self, principal: Value) -> Self {
        self.principal = Some(principal);
        self
    }

    pub(crate) fn when(mut self, condition: Value) -> Self {
        self.condition = Some(condition);
        self
    }

    fn render(self) -> Value {
        let mut statement = Map::new();
        let actions = self.actions.into_iter().map(|action| json!(action)).collect();
        statement.insert("Action".to_owned(), one_or_many(actions));
        if let Some(condition) = self.condition {
            statement.insert("Condition".to_owned(), condition);
        }
        statement.insert("Effect".to_owned(), json!(self.effect));
        if let Some(principal) = self.principal {
            statement.insert("Principal".to_owned(), principal);
        }
        if let Some(resources) = self.resources {
            statement.insert("Resource".to_owned(), resources);
        }
        Value::Object(statement)
    }
}

/// A policy document.
pub(crate) fn document(statements: impl IntoIterator<Item = Statement>) -> Value {
    let statements: Vec<Value> = statements.into_iter().map(Statement::render).collect();
    json!({ "Statement": statements, "Version": "2012-10-17" })
}

/// The principal of AWS identities: ARNs or references to them.
pub(crate) fn aws(identities: Vec<Value>) -> Value {
    json!({ "AWS": one_or_many(identities) })
}

/// Who may assume a role: a service.
pub(crate) fn trust_in_service(service: &str) -> Value {
    trust(json!({ "Service": service }))
}

/// Who may assume a role: a role.
pub(crate) fn trust_in_role(arn: Value) -> Value {
    trust(aws(vec![arn]))
}

fn trust(principal: Value) -> Value {
    document([Statement::allow(&["sts:AssumeRole"]).by(principal)])
}

/// The role construct at `path`.
pub(crate) fn role(path: &Path, trust: &Value) -> Resource {
    Resource::new(
        path.child("Resource"),
        "AWS::IAM::Role",
        [("AssumeRolePolicyDocument", json!(trust))],
    )
}

/// The policy that the CDK attaches to the role construct at `path` for what it may do.
pub(crate) fn default_policy(path: &Path, statements: impl IntoIterator<Item = Statement>) -> Resource {
    let id = default_policy_id(path);
    // IAM takes 128 characters.
    let name = &id[id.len().saturating_sub(128)..];
    Resource::new(
        path.child("DefaultPolicy").child("Resource"),
        "AWS::IAM::Policy",
        [
            ("PolicyDocument", document(statements)),
            ("PolicyName", json!(name)),
            ("Roles", json!([reference(&path.resource_id())])),
        ],
    )
}

/// The logical id of that policy.
pub(crate) fn default_policy_id(path: &Path) -> String {
    path.child("DefaultPolicy").resource_id()
}
