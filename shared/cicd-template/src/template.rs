//! A stack under construction: resources in the order in which the CDK writes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{logical_id::Path, tags::ResourceTags};

/// What becomes of a resource when its stack lets go of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RemovalPolicy {
    Delete,
    Retain,
}

/// A resource to be added to a [`Template`].
#[derive(Debug)]
pub(crate) struct Resource {
    path: Path,
    kind: &'static str,
    /// In alphabetical order, as the CDK writes them.
    properties: BTreeMap<&'static str, Value>,
    depends_on: Vec<String>,
    removal_policy: Option<RemovalPolicy>,
}

impl Resource {
    /// A resource of a type of CloudFormation's.
    pub(crate) fn new(
        path: Path,
        kind: &'static str,
        properties: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        Self {
            path,
            kind,
            properties: properties.into_iter().collect(),
            depends_on: Vec::new(),
            removal_policy: None,
        }
    }

    pub(crate) fn depends_on(mut self, logical_ids: impl IntoIterator<Item = String>) -> Self {
        self.depends_on.extend(logical_ids);
        self
    }

    pub(crate) fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = Some(policy);
        self
    }

    fn render(mut self, template: &Template) -> Value {
        if let (Some(boundary), "AWS::IAM::Role") = (&template.permissions_boundary, self.kind) {
            self.properties.insert("PermissionsBoundary", json!(boundary));
        }
        if let Some(tags) = template.tags.property(self.kind) {
            self.properties.insert("Tags", tags);
        }
        let mut resource = Map::new();
        resource.insert("Type".to_owned(), json!(self.kind));
        resource.insert("Properties".to_owned(), json!(self.properties));
        if !self.depends_on.is_empty() {
            resource.insert("DependsOn".to_owned(), json!(self.depends_on));
        }
        if let Some(policy) = self.removal_policy {
            let policy = match policy {
                RemovalPolicy::Delete => "Delete",
                RemovalPolicy::Retain => "Retain",
            };
            resource.insert("UpdateReplacePolicy".to_owned(), json!(policy));
            resource.insert("DeletionPolicy".to_owned(), json!(policy));
        }
        let path = format!("{}/{}", template.construct_id, self.path.joined());
        resource.insert("Metadata".to_owned(), json!({ "aws:cdk:path": path }));
        Value::Object(resource)
    }
}

/// A template under construction.
#[derive(Debug)]
pub(crate) struct Template {
    construct_id: String,
    description: Option<String>,
    tags: ResourceTags,
    permissions_boundary: Option<String>,
    resources: Map<String, Value>,
}

impl Template {
    /// The template of the stack with this construct id.
    pub(crate) fn new(construct_id: String) -> Self {
        Self {
            construct_id,
            description: None,
            tags: ResourceTags::none(),
            permissions_boundary: None,
            resources: Map::new(),
        }
    }

    pub(crate) fn description(mut self, description: String) -> Self {
        self.description = Some(description);
        self
    }

    /// Tags for every resource that can have them.
    pub(crate) fn tags(mut self, tags: ResourceTags) -> Self {
        self.tags = tags;
        self
    }

    /// The ARN of the policy that bounds every role.
    pub(crate) fn permissions_boundary(mut self, arn: Option<String>) -> Self {
        self.permissions_boundary = arn;
        self
    }

    pub(crate) fn add(&mut self, resource: Resource) {
        let id = resource.path.logical_id();
        let rendered = resource.render(self);
        self.resources.insert(id, rendered);
    }

    /// The template's JSON without white space; `tail` are the sections behind the resources.
    pub(crate) fn render(self, tail: Map<String, Value>) -> String {
        let mut template = Map::new();
        if let Some(description) = self.description {
            template.insert("Description".to_owned(), json!(description));
        }
        template.insert("Resources".to_owned(), Value::Object(self.resources));
        template.extend(tail);
        Value::Object(template).to_string()
    }
}
