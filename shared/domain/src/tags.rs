//! Tags: they land on every resource of a pipeline, so they must fit the strictest service (IAM).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    input::{FromInput, kind},
    problems::{Pointer, Problems},
};

/// At most so many tags of a user's: AWS allows 50 on a resource, the platform and the CDK add some.
pub const MAX_TAGS: usize = 40;
/// A key has at most so many characters.
pub const MAX_KEY: usize = 128;
/// A value has at most so many characters.
pub const MAX_VALUE: usize = 256;
/// Keys with this prefix are the platform's own.
pub const RESERVED_NAMESPACE: &str = "dataall:";
/// By these the CDK knows what it made: permissions depend on them.
const CDK_NAMESPACE: &str = "aws-cdk:";
/// The tags that the platform gives every resource of a pipeline: owners tell by them whose it is.
pub const OWN_TAGS: [&str; 2] = ["Team", "Pipeline"];

/// A pipeline's tags, in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Tags(BTreeMap<String, String>);

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Tags {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::{ObjectBuilder, schema::Type};
        // Beyond ASCII, no pattern says in all dialects which characters are letters and digits.
        let text = |max: usize| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(max))
                .pattern(Some(r"^[^\x00-\x1F!-*,;<>?\[-^`{-\x9F]+$"))
        };
        ObjectBuilder::new()
            .description(Some(
                "A pipeline's tags: letters and digits of any script, spaces and _.:/=+-@. Keys that start with aws:, aws-cdk: or dataall:, \
                 and the keys Team and Pipeline, are taken. Keys differ in more than case.",
            ))
            .property_names(Some(text(MAX_KEY)))
            .additional_properties(Some(text(MAX_VALUE)))
            .max_properties(Some(MAX_TAGS))
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Tags {}

impl Tags {
    /// Key and value of each tag, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The value of a tag.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn checked(tags: BTreeMap<String, String>, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut sound = true;
        let mut refuse = |pointer: &Pointer, detail: String| {
            problems.add(pointer, detail);
            sound = false;
        };
        if tags.len() > MAX_TAGS {
            refuse(
                at,
                format!("must hold at most {MAX_TAGS} tags, holds {}", tags.len()),
            );
        }
        let mut lowered = BTreeMap::new();
        for (key, value) in &tags {
            let here = at.child(key);
            if let Err(detail) = check_key(key) {
                refuse(&here, detail);
            }
            if let Err(detail) = check_value(value) {
                refuse(&here, detail);
            }
            // IAM compares the keys of tags without regard to case.
            if let Some(twin) = lowered.insert(key.to_lowercase(), key) {
                refuse(
                    &here,
                    format!("differs from the tag {twin:?} only in case, which IAM refuses"),
                );
            }
        }
        sound.then_some(Self(tags))
    }
}

impl TryFrom<BTreeMap<String, String>> for Tags {
    type Error = Problems;
    fn try_from(tags: BTreeMap<String, String>) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let checked = Self::checked(tags, &Pointer::root(), &mut problems);
        problems.finish(checked)
    }
}

impl From<Tags> for BTreeMap<String, String> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}

impl FromInput for Tags {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let Value::Object(members) = value else {
            problems.add(at, format!("must be an object of strings, not {}", kind(value)));
            return None;
        };
        let tags: Vec<Option<(String, String)>> = members
            .iter()
            .map(|(key, value)| Some((key.clone(), String::from_input(value, &at.child(key), problems)?)))
            .collect();
        let tags: BTreeMap<String, String> = tags.into_iter().collect::<Option<_>>()?;
        let mut sound = true;
        // Pipelines that were made before have such tags, and keep them.
        for (key, detail) in tags.keys().filter_map(|key| Some((key, taken(key)?))) {
            problems.add(&at.child(key), detail);
            sound = false;
        }
        Self::checked(tags, at, problems).filter(|_| sound)
    }
}

/// Why users may not give a tag this key.
fn taken(key: &str) -> Option<String> {
    if OWN_TAGS.iter().any(|own| own.eq_ignore_ascii_case(key)) {
        Some(format!(
            "the platform itself gives the tags {}",
            OWN_TAGS.join(" and ")
        ))
    } else if key.to_lowercase().starts_with(CDK_NAMESPACE) {
        Some(format!("keys that start with {CDK_NAMESPACE} are reserved"))
    } else {
        None
    }
}

/// The characters that IAM allows: letters, digits and spaces of any script and `_.:/=+-@`.
fn allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

fn check_key(key: &str) -> Result<(), String> {
    crate::text::check_length(key, 1..=MAX_KEY).map_err(|detail| format!("the key {detail}"))?;
    if !key.chars().all(allowed) {
        return Err("the key must hold only letters, digits, spaces and _.:/=+-@".to_owned());
    }
    let lower = key.to_lowercase();
    if lower.starts_with("aws:") || lower.starts_with(RESERVED_NAMESPACE) {
        return Err(format!(
            "keys that start with aws: or {RESERVED_NAMESPACE} are reserved"
        ));
    }
    Ok(())
}

fn check_value(value: &str) -> Result<(), String> {
    // CloudFormation refuses empty values.
    crate::text::check_length(value, 1..=MAX_VALUE).map_err(|detail| format!("the value {detail}"))?;
    if value.chars().all(allowed) {
        Ok(())
    } else {
        Err("the value must hold only letters, digits, spaces and _.:/=+-@".to_owned())
    }
}
