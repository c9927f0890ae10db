//! Which changes CloudFormation can only make by a new resource.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

/// `local/replacement_rules.py` writes it from CloudFormation's registry schemas.
const TABLE: &str = include_str!("replacement.json");

#[derive(Deserialize)]
struct Table {
    types: BTreeMap<String, Rules>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rules {
    always: Vec<String>,
    sometimes: Vec<String>,
}

static RULES: LazyLock<BTreeMap<String, Rules>> = LazyLock::new(|| {
    // It is compiled in, and a test reads it.
    let table: Result<Table, _> = serde_json::from_str(TABLE);
    table.map(|table| table.types).unwrap_or_default()
});

/// Whether a change makes CloudFormation replace the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Replacement {
    Never,
    /// It depends on the resource, or nothing is known of its type.
    Perhaps,
    Always,
}

/// Whether CloudFormation replaces a resource of `kind` when the property behind `path` changes. `path` are the names of members, from
/// the resource's properties.
pub(crate) fn of(kind: &str, path: &[&str]) -> Replacement {
    let Some(rules) = RULES.get(kind) else {
        return Replacement::Perhaps;
    };
    let named = |rules: &[String]| rules.iter().any(|rule| touches(rule, path));
    if named(&rules.always) {
        Replacement::Always
    } else if named(&rules.sometimes) {
        Replacement::Perhaps
    } else {
        Replacement::Never
    }
}

/// Whether the change at `path` changes what `rule` names: that, something within it, or something around it.
fn touches(rule: &str, path: &[&str]) -> bool {
    let rule = rule.split('/').filter(|name| *name != "*");
    rule.zip(path).all(|(rule, name)| rule == *name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::collections::BTreeSet;

    use cicd_template::stacks;
    use domain::blueprint::Blueprint;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_type_that_pipelines_stacks_hold_is_in_the_table() {
        let mut held = BTreeSet::new();
        for strategy in ["cdk-trunk", "trunk", "gitflow"] {
            let stage = |name: &str, region: &str| json!({"name": name, "accountId": "222222222222", "region": region, "team": "research", "manualApproval": true});
            let blueprint = json!({
                "id": "k3j9x0ab", "name": "sales", "team": "research", "strategy": strategy,
                "cicd": {"accountId": "111111111111", "region": "eu-west-1"},
                "stages": [stage("dev", "eu-west-1"), stage("prod", "us-east-1")],
            });
            let blueprint: Blueprint = domain::input::parse(&blueprint).unwrap();
            for stack in stacks(&blueprint).unwrap().in_order() {
                let template: Value = serde_json::from_str(&stack.template).unwrap();
                let resources = template["Resources"].as_object().unwrap().values();
                held.extend(resources.map(|resource| resource["Type"].as_str().unwrap().to_owned()));
            }
        }
        let known: BTreeSet<String> = RULES.keys().cloned().collect();
        assert_eq!(held, known);
    }

    #[test]
    fn names_are_for_good_and_most_else_is_not() {
        for (kind, path, expected) in [
            ("AWS::S3::Bucket", "BucketName", Replacement::Always),
            ("AWS::S3::Bucket", "Tags", Replacement::Never),
            ("AWS::Logs::LogGroup", "RetentionInDays", Replacement::Never),
            ("AWS::Events::Rule", "EventBusName", Replacement::Perhaps),
            ("AWS::Elsewhere::Thing", "Name", Replacement::Perhaps),
        ] {
            assert_eq!(of(kind, &[path]), expected, "{kind} {path}");
        }
    }
}
