//! What makes one template into another, resource by resource and property by property.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    iam::{self, AccessChange},
    replacement::{self, Replacement},
};

/// What becomes of a stack when it gets another template. What concerns permissions stands apart, in words.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackDifference {
    /// The resources that are new, in the template's order; roles and their policies apart.
    pub added: Vec<AddedResource>,
    /// The resources that are changed in place.
    pub changed: Vec<ChangedResource>,
    /// The resources that CloudFormation makes anew, because a property changes that it cannot change in place.
    pub replaced: Vec<ReplacedResource>,
    /// The resources that are gone.
    pub removed: Vec<RemovedResource>,
    /// What changes in permissions: roles, their policies, and the policies of keys and buckets.
    pub iam: Vec<AccessChange>,
    /// What changes beside the resources: the description, parameters, outputs.
    pub template: Vec<PropertyChange>,
}

/// A resource that is new.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddedResource {
    pub logical_id: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// A resource that is changed in place.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedResource {
    pub logical_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// What changes of it. Empty where it only follows a resource that is replaced.
    pub properties: Vec<PropertyChange>,
    /// The resources that it refers to and that are replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<String>,
    /// Whether CloudFormation may make it anew instead: its registry does not say for certain.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_be_replaced: bool,
}

/// A resource that is made anew.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplacedResource {
    pub logical_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// What changes of it. Empty where it only follows a resource that is replaced.
    pub properties: Vec<PropertyChange>,
    /// The resources that it refers to and that are replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<String>,
    /// Whether the present one stays in the account.
    pub retained: bool,
}

/// A resource that is gone.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovedResource {
    pub logical_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it stays in the account.
    pub retained: bool,
}

/// A part of a template that changes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyChange {
    /// Where: the names of members and the numbers of elements, after slashes. An element that has a name, an id or a key is named by
    /// that: `Properties/Stages/prod/Actions`.
    pub path: String,
    /// What it was; missing if it was not there.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it becomes; missing if it goes.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Whether CloudFormation makes the resource anew for this.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
}

impl StackDifference {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What makes the template `before` into `after`. `before` may be as CloudFormation tells it, with `?` for what is not ASCII.
#[must_use]
pub fn difference(before: &Value, after: &Value) -> StackDifference {
    let none = Map::new();
    let resources = |template: &'_ Value| template.get("Resources").and_then(Value::as_object).cloned();
    let (old, new) = (
        resources(before).unwrap_or_default(),
        resources(after).unwrap_or_default(),
    );
    let mut difference = StackDifference::default();
    let changes = changed_resources(&old, &new);
    for (id, resource) in &new {
        let kind = kind(resource);
        let Some(present) = old.get(id) else {
            if !iam::is_access(kind) {
                difference.added.push(AddedResource {
                    logical_id: id.clone(),
                    kind: kind.to_owned(),
                });
            }
            difference.iam.extend(iam::added(id, resource));
            continue;
        };
        let Some(change) = changes.get(id.as_str()) else {
            continue;
        };
        let replaced = change.replacement == Replacement::Always;
        difference
            .iam
            .extend(iam::changed(id, present, resource, &change.properties, replaced));
        if iam::is_access(kind) {
            continue;
        }
        let (logical_id, kind) = (id.clone(), kind.to_owned());
        let (properties, follows) = (change.properties.clone(), change.follows.clone());
        if replaced {
            difference.replaced.push(ReplacedResource {
                logical_id,
                kind,
                properties,
                follows,
                retained: retains(present, "UpdateReplacePolicy"),
            });
        } else {
            difference.changed.push(ChangedResource {
                logical_id,
                kind,
                properties,
                follows,
                may_be_replaced: change.replacement == Replacement::Perhaps,
            });
        }
    }
    for (id, resource) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        let kind = kind(resource);
        if !iam::is_access(kind) {
            difference.removed.push(RemovedResource {
                logical_id: id.clone(),
                kind: kind.to_owned(),
                retained: retains(resource, "DeletionPolicy"),
            });
        }
        difference.iam.extend(iam::removed(id, resource));
    }
    let sections = |template: &Value| {
        let mut sections = template.as_object().unwrap_or(&none).clone();
        sections.shift_remove("Resources");
        Value::Object(sections)
    };
    let mut path = Vec::new();
    compare(
        &mut path,
        &sections(before),
        &sections(after),
        &mut |path, before, after| {
            difference.template.push(PropertyChange {
                path: path.join("/"),
                before: before.cloned(),
                after: after.cloned(),
                replaces: false,
            });
        },
    );
    difference
}

/// How a resource changes that is there before and after.
struct Change {
    properties: Vec<PropertyChange>,
    follows: Vec<String>,
    replacement: Replacement,
}

fn changed_resources<'r>(
    old: &'r Map<String, Value>,
    new: &'r Map<String, Value>,
) -> BTreeMap<&'r str, Change> {
    let mut changes = BTreeMap::new();
    for (id, resource) in new {
        let Some(present) = old.get(id) else { continue };
        let change = changed(present, resource);
        if !change.properties.is_empty() {
            changes.insert(id.as_str(), change);
        }
    }
    // Whoever refers to a resource that is replaced gets another value, and may have to be replaced for it.
    let mut settled = BTreeSet::new();
    while let Some(replaced) = next_replaced(&changes, &settled) {
        for (id, resource) in new.iter().filter(|(id, _)| old.contains_key(*id)) {
            let Some(replacement) = follows(resource, replaced) else {
                continue;
            };
            let change = changes.entry(id.as_str()).or_insert_with(|| Change {
                properties: Vec::new(),
                follows: Vec::new(),
                replacement: Replacement::Never,
            });
            change.follows.push(replaced.to_owned());
            change.replacement = change.replacement.max(replacement);
        }
        settled.insert(replaced);
    }
    changes
}

fn next_replaced<'r>(changes: &BTreeMap<&'r str, Change>, settled: &BTreeSet<&str>) -> Option<&'r str> {
    let replaced = changes
        .iter()
        .filter(|(id, change)| change.replacement == Replacement::Always && !settled.contains(*id));
    replaced.map(|(id, _)| *id).next()
}

fn changed(before: &Value, after: &Value) -> Change {
    let (old_kind, kind) = (kind(before), kind(after));
    let mut change = Change {
        properties: Vec::new(),
        follows: Vec::new(),
        replacement: Replacement::Never,
    };
    compare(&mut Vec::new(), before, after, &mut |path, before, after| {
        let replacement = match path {
            _ if old_kind != kind => Replacement::Always,
            [first, rest @ ..] if first == "Properties" => {
                let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
                replacement::of(kind, &rest)
            }
            _ => Replacement::Never,
        };
        change.replacement = change.replacement.max(replacement);
        change.properties.push(PropertyChange {
            path: path.join("/"),
            before: before.cloned(),
            after: after.cloned(),
            replaces: replacement == Replacement::Always,
        });
    });
    change
}

/// Whether `resource` refers to the resource `replaced`, and whether that makes CloudFormation replace it as well.
fn follows(resource: &Value, replaced: &str) -> Option<Replacement> {
    let properties = resource.get("Properties")?.as_object()?;
    let referring = properties
        .iter()
        .filter(|(_, property)| refers_to(property, replaced));
    referring
        .map(|(name, _)| replacement::of(kind(resource), &[name]))
        .max()
}

fn refers_to(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, member)| {
            let named =
                |text: &str| text == id || text.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'));
            match (name.as_str(), member) {
                ("Ref" | "Fn::GetAtt", Value::String(text)) => named(text),
                ("Fn::GetAtt", Value::Array(parts)) => parts.first().and_then(Value::as_str) == Some(id),
                ("Fn::Sub", Value::String(text)) => substitutes(text, id),
                ("Fn::Sub", Value::Array(parts)) => {
                    parts
                        .first()
                        .and_then(Value::as_str)
                        .is_some_and(|text| substitutes(text, id))
                        || parts.iter().any(|part| refers_to(part, id))
                }
                (_, member) => refers_to(member, id),
            }
        }),
        Value::Array(elements) => elements.iter().any(|element| refers_to(element, id)),
        _ => false,
    }
}

fn substitutes(text: &str, id: &str) -> bool {
    ["}", "."]
        .iter()
        .any(|end| text.contains(&format!("${{{id}{end}")))
}

pub(crate) fn kind(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

fn retains(resource: &Value, policy: &str) -> bool {
    resource.get(policy).and_then(Value::as_str) == Some("Retain")
}

/// Tells each smallest part that differs, with its place.
fn compare(
    path: &mut Vec<String>,
    before: &Value,
    after: &Value,
    tell: &mut impl FnMut(&[String], Option<&Value>, Option<&Value>),
) {
    match (before, after) {
        _ if same(before, after) => {}
        // An intrinsic function is one value.
        (Value::Object(old), Value::Object(new)) if !is_function(old) && !is_function(new) => {
            let gone = old.keys().filter(|name| !new.contains_key(*name));
            for name in new.keys().chain(gone) {
                path.push(name.clone());
                descend(path, old.get(name), new.get(name), tell);
                path.pop();
            }
        }
        (Value::Array(old), Value::Array(new)) => compare_lists(path, (before, old), (after, new), tell),
        _ => tell(path, Some(before), Some(after)),
    }
}

fn descend(
    path: &mut Vec<String>,
    before: Option<&Value>,
    after: Option<&Value>,
    tell: &mut impl FnMut(&[String], Option<&Value>, Option<&Value>),
) {
    match (before, after) {
        (Some(before), Some(after)) => compare(path, before, after, tell),
        (None, None) => {}
        _ => tell(path, before, after),
    }
}

/// Elements that have names are compared by them; of other lists those that are equally long, element by element.
fn compare_lists(
    path: &mut Vec<String>,
    (before, old): (&Value, &[Value]),
    (after, new): (&Value, &[Value]),
    tell: &mut impl FnMut(&[String], Option<&Value>, Option<&Value>),
) {
    if let (Some(old), Some(new)) = (named(old), named(new)) {
        let kept = |list: &[(&str, &Value)], other: &[(&str, &Value)]| -> Vec<String> {
            let names = list.iter().map(|(name, _)| *name);
            names
                .filter(|name| other.iter().any(|(other, _)| other == name))
                .map(str::to_owned)
                .collect()
        };
        if kept(&old, &new) != kept(&new, &old) {
            tell(path, Some(before), Some(after));
            return;
        }
        let find = |list: &[(&str, &'_ Value)], name: &str| {
            list.iter()
                .find(|(other, _)| *other == name)
                .map(|(_, value)| (*value).clone())
        };
        let gone = old.iter().filter(|(name, _)| find(&new, name).is_none());
        for (name, _) in new.iter().chain(gone) {
            path.push((*name).to_owned());
            descend(path, find(&old, name).as_ref(), find(&new, name).as_ref(), tell);
            path.pop();
        }
    } else if old.len() == new.len() && old.iter().chain(new).all(Value::is_object) {
        for (index, (old, new)) in old.iter().zip(new).enumerate() {
            path.push(index.to_string());
            compare(path, old, new, tell);
            path.pop();
        }
    } else {
        tell(path, Some(before), Some(after));
    }
}

/// The elements with their names, if each has one of its own.
fn named(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    ["Name", "Key", "Id", "Sid"].iter().find_map(|member| {
        let named = list
            .iter()
            .map(|element| Some((element.as_object()?.get(*member)?.as_str()?, element)));
        let named: Vec<(&str, &Value)> = named.collect::<Option<_>>()?;
        let distinct: BTreeSet<&str> = named.iter().map(|(name, _)| *name).collect();
        (!named.is_empty() && distinct.len() == named.len()).then_some(named)
    })
}

fn is_function(members: &Map<String, Value>) -> bool {
    members.len() == 1
        && members
            .keys()
            .all(|name| name == "Ref" || name.starts_with("Fn::"))
}

/// Whether `before` says what `after` does; CloudFormation tells templates with `?` for each character that is not ASCII.
pub(crate) fn same(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && new.iter().all(|(name, value)| {
                    old.get(name)
                        .or_else(|| old.get(&as_told(name)))
                        .is_some_and(|old| same(old, value))
                })
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        (Value::String(old), Value::String(new)) => old == new || *old == as_told(new),
        _ => before == after,
    }
}

fn as_told(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii(), "?")
}
