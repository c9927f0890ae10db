//! Tags, in the order in which the CDK writes them: `String.prototype.localeCompare` on the keys.

use domain::{Error, Result};
use icu_collator::{Collator, CollatorPreferences, options::CollatorOptions};
use serde_json::{Value, json};

/// The types, of those in our templates, whose tags are a list of `Key` and `Value`.
const TAGGABLE: [&str; 7] = [
    "AWS::CodeBuild::Project",
    "AWS::CodePipeline::Pipeline",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
];

/// The `Tags` of each resource of a stack.
#[derive(Clone, Debug)]
pub(crate) struct ResourceTags(Vec<Value>);

impl ResourceTags {
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn new(mut tags: Vec<(&str, &str)>) -> Result<Self> {
        // Without options and with no locale set, Node.js collates by the root collation of Unicode (CLDR).
        let collator = Collator::try_new(CollatorPreferences::default(), CollatorOptions::default())
            .map_err(|error| Error::Internal(format!("the root collation is missing: {error}")))?;
        tags.sort_by(|(a, _), (b, _)| collator.compare(a, b));
        Ok(Self(
            tags.into_iter()
                .map(|(key, value)| json!({ "Key": key, "Value": value }))
                .collect(),
        ))
    }

    /// The property `Tags` of a resource of this type, if it gets one.
    pub(crate) fn property(&self, resource_type: &str) -> Option<Value> {
        (!self.0.is_empty() && TAGGABLE.contains(&resource_type)).then(|| Value::Array(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorted by Node.js.
    #[test]
    fn keys_are_in_the_order_of_node() {
        let sorted = [
            "_x", "-x", ":x", ".x", "@x", "/x", "+x", "=x", "1", "10", "2", "a", "A", "ä", "a b", "b", "Z",
            "я", "売",
        ];
        let mut shuffled = sorted;
        shuffled.reverse();
        let tags = ResourceTags::new(shuffled.into_iter().map(|key| (key, "v")).collect()).unwrap();
        let keys: Vec<&str> = tags.0.iter().filter_map(|tag| tag["Key"].as_str()).collect();
        assert_eq!(keys, sorted);
    }
}
