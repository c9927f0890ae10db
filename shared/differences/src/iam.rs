//! What changes in permissions, in words.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::template::{PropertyChange, kind};

/// What becomes of a resource that gives permissions.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeKind {
    Added,
    Changed,
    Replaced,
    Removed,
}

/// A change of permissions.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessChange {
    pub logical_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// What becomes of the resource.
    pub change: ChangeKind,
    /// What that means, a sentence each.
    pub words: Vec<String>,
    /// What else changes of a role or policy, such as its tags, and what the words are about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyChange>,
}

/// Whether resources of this type do nothing but give permissions.
pub(crate) fn is_access(kind: &str) -> bool {
    kind.starts_with("AWS::IAM::")
}

pub(crate) fn added(id: &str, resource: &Value) -> Option<AccessChange> {
    change(id, ChangeKind::Added, &Value::Null, resource, &[])
}

pub(crate) fn removed(id: &str, resource: &Value) -> Option<AccessChange> {
    change(id, ChangeKind::Removed, resource, &Value::Null, &[])
}

pub(crate) fn changed(
    id: &str,
    before: &Value,
    after: &Value,
    properties: &[PropertyChange],
    replaced: bool,
) -> Option<AccessChange> {
    let what = if replaced {
        ChangeKind::Replaced
    } else {
        ChangeKind::Changed
    };
    change(id, what, before, after, properties)
}

fn change(
    id: &str,
    change: ChangeKind,
    before: &Value,
    after: &Value,
    properties: &[PropertyChange],
) -> Option<AccessChange> {
    let kind = kind(if after.is_null() { before } else { after });
    let mut words = Vec::new();
    let of_iam = is_access(kind);
    if of_iam && kind != "AWS::IAM::Policy" {
        let noun = noun(kind);
        words.extend(match change {
            ChangeKind::Added => Some(format!("The {noun} {id} is new.")),
            ChangeKind::Removed => Some(format!("The {noun} {id} is gone.")),
            ChangeKind::Replaced => Some(format!("The {noun} {id} is made anew.")),
            ChangeKind::Changed => None,
        });
    }
    words.extend(grants_in_words(&grants(id, before), &grants(id, after)));
    words.extend(attachments_in_words(id, before, after));
    if !of_iam && words.is_empty() {
        return None;
    }
    Some(AccessChange {
        logical_id: id.to_owned(),
        kind: kind.to_owned(),
        change,
        words,
        properties: if of_iam { properties.to_vec() } else { Vec::new() },
    })
}

fn noun(kind: &str) -> String {
    match kind {
        "AWS::IAM::Role" => "role".to_owned(),
        "AWS::IAM::ManagedPolicy" => "managed policy".to_owned(),
        other => other.to_owned(),
    }
}

/// Somebody's permission to do one thing on something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    who: String,
    allows: bool,
    action: String,
    on: String,
    condition: Option<String>,
}

type Grants = BTreeSet<Grant>;

/// All that a resource grants.
fn grants(id: &str, resource: &Value) -> Grants {
    let mut grants = Grants::new();
    let Some(properties) = resource.get("Properties").and_then(Value::as_object) else {
        return grants;
    };
    let property = |name: &str| properties.get(name);
    match kind(resource) {
        "AWS::IAM::Role" => {
            add(
                &mut grants,
                property("AssumeRolePolicyDocument"),
                None,
                Some(&format!("the role {id}")),
            );
            for policy in property("Policies").into_iter().flat_map(list) {
                add(
                    &mut grants,
                    policy.get("PolicyDocument"),
                    Some(&format!("The role {id}")),
                    None,
                );
            }
        }
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => {
            let holders = [("Roles", "role"), ("Users", "user"), ("Groups", "group")];
            let holders: Vec<String> = holders
                .iter()
                .flat_map(|(name, noun)| {
                    property(name)
                        .into_iter()
                        .flat_map(list)
                        .map(move |holder| (noun, holder))
                })
                .map(|(noun, holder)| format!("{noun} {}", name(holder)))
                .collect();
            let who = if holders.is_empty() {
                format!("Whoever has the policy {id}")
            } else {
                format!("The {}", holders.join(", the "))
            };
            add(&mut grants, property("PolicyDocument"), Some(&who), None);
        }
        "AWS::KMS::Key" => add(
            &mut grants,
            property("KeyPolicy"),
            None,
            Some(&format!("the key {id}")),
        ),
        _ => add(&mut grants, property("PolicyDocument"), None, None),
    }
    grants
}

/// Adds what a policy's document grants. `who` holds it, where its statements name no principals; `on` is what it belongs to, where its
/// resource is that alone.
fn add(grants: &mut Grants, document: Option<&Value>, who: Option<&str>, on: Option<&str>) {
    let statements = document.and_then(|document| document.get("Statement"));
    for statement in statements.into_iter().flat_map(list).filter_map(Value::as_object) {
        let who = who.map_or_else(|| principals(statement), |who| vec![who.to_owned()]);
        let on = on.map_or_else(
            || named(statement, "Resource", "all but"),
            |on| vec![on.to_owned()],
        );
        let allows = statement.get("Effect").and_then(Value::as_str) != Some("Deny");
        let condition = statement.get("Condition").map(plain);
        for action in named(statement, "Action", "everything but") {
            for who in &who {
                grants.extend(on.iter().map(|on| Grant {
                    who: who.clone(),
                    allows,
                    action: action.clone(),
                    on: on.clone(),
                    condition: condition.clone(),
                }));
            }
        }
    }
}

/// What a statement names by `member`, one by one; what it excepts by the opposite, as one.
fn named(statement: &Map<String, Value>, member: &str, but: &str) -> Vec<String> {
    if let Some(named) = statement.get(member) {
        return list(named).iter().map(plain).collect();
    }
    let excepted = statement.get(&format!("Not{member}"));
    let excepted: Vec<String> = excepted.into_iter().flat_map(list).map(plain).collect();
    vec![format!("{but} {}", excepted.join(", "))]
}

/// The principals of a statement.
fn principals(statement: &Map<String, Value>) -> Vec<String> {
    let of = |principal: &Value| -> Vec<String> {
        let named: Vec<&Value> = match principal {
            Value::Object(kinds) if kinds.len() > 1 || !kinds.keys().any(|kind| kind.starts_with("Fn::")) => {
                kinds.values().flat_map(list).collect()
            }
            one => vec![one],
        };
        let everybody = |name: String| if name == "*" { "Everybody".to_owned() } else { name };
        named.into_iter().map(plain).map(everybody).collect()
    };
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => of(principal),
        (None, Some(excepted)) => vec![format!("Everybody but {}", of(excepted).join(", "))],
        (None, None) => vec!["Nobody".to_owned()],
    }
}

fn grants_in_words(before: &Grants, after: &Grants) -> Vec<String> {
    let come = sentences(after.difference(before), "may now", "is now denied");
    let gone = sentences(before.difference(after), "may no longer", "is no longer denied");
    come.into_iter().chain(gone).collect()
}

/// A sentence for all grants that differ in nothing but one thing: first in the action, then in what it is on, then in who has it.
fn sentences<'g>(grants: impl Iterator<Item = &'g Grant>, allowed: &str, denied: &str) -> Vec<String> {
    let mut by_actions: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for grant in grants {
        let key = (grant.allows, &grant.condition, &grant.who, &grant.on);
        by_actions.entry(key).or_default().push(&grant.action);
    }
    let mut by_things: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for ((allows, condition, who, on), actions) in by_actions {
        by_things
            .entry((allows, condition, who, actions))
            .or_default()
            .push(on);
    }
    let mut by_people: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for ((allows, condition, who, actions), things) in by_things {
        by_people
            .entry((allows, condition, actions, things))
            .or_default()
            .push(who);
    }
    let sentences = by_people
        .into_iter()
        .map(|((allows, condition, actions, things), people)| {
            let verb = if allows { allowed } else { denied };
            let condition = condition.as_ref().map(|condition| format!(", where {condition}"));
            format!(
                "{} {verb}: {} on {}{}.",
                people.join(", "),
                actions.join(", "),
                things.join(", "),
                condition.unwrap_or_default()
            )
        });
    sentences.collect()
}

/// What comes and goes of a role's managed policies and of its permissions boundary.
fn attachments_in_words(id: &str, before: &Value, after: &Value) -> Vec<String> {
    let property = |resource: &Value, name: &str| resource.get("Properties")?.get(name).cloned();
    let policies = |resource: &Value| -> BTreeSet<String> {
        let policies = property(resource, "ManagedPolicyArns");
        policies.iter().flat_map(list).map(plain).collect()
    };
    let (old, new) = (policies(before), policies(after));
    let mut words: Vec<String> = new
        .difference(&old)
        .map(|policy| format!("The role {id} gets the managed policy {policy}."))
        .collect();
    words.extend(
        old.difference(&new)
            .map(|policy| format!("The role {id} loses the managed policy {policy}.")),
    );
    let boundary =
        |resource: &Value| property(resource, "PermissionsBoundary").map(|boundary| plain(&boundary));
    match (boundary(before), boundary(after)) {
        (old, new) if old == new => {}
        (_, Some(new)) => words.push(format!("The permissions of the role {id} are bounded by {new}.")),
        (Some(old), None) if !after.is_null() => {
            words.push(format!(
                "The permissions of the role {id} are not bounded by {old} any more."
            ));
        }
        (_, None) => {}
    }
    words
}

/// A list, or the one value that stands for a list of it.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        one => std::slice::from_ref(one),
    }
}

/// The name of whoever holds a policy: its logical id, where it is of the same template.
fn name(holder: &Value) -> String {
    let id = holder.get("Ref").and_then(Value::as_str);
    id.map_or_else(|| plain(holder), str::to_owned)
}

/// A value with its functions as `${…}`, as `Fn::Sub` writes them.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) if members.len() == 1 => {
            function(members).unwrap_or_else(|| value.to_string())
        }
        other => other.to_string(),
    }
}

fn function(members: &Map<String, Value>) -> Option<String> {
    let (name, argument) = members.iter().next()?;
    Some(match (name.as_str(), argument) {
        ("Ref", Value::String(id)) => format!("${{{id}}}"),
        ("Fn::Sub", Value::String(text)) => text.clone(),
        ("Fn::GetAtt", Value::String(attribute)) => format!("${{{attribute}}}"),
        ("Fn::GetAtt", Value::Array(parts)) => {
            let parts: Vec<&str> = parts.iter().map(Value::as_str).collect::<Option<_>>()?;
            format!("${{{}}}", parts.join("."))
        }
        ("Fn::Join", Value::Array(parts)) => {
            let [Value::String(separator), Value::Array(parts)] = parts.as_slice() else {
                return None;
            };
            let parts: Vec<String> = parts.iter().map(plain).collect();
            parts.join(separator)
        }
        _ => return None,
    })
}
