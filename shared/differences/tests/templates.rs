//! What becomes of a stack when it gets another template.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use differences::{AddedResource, ChangeKind, RemovedResource, StackDifference, difference};
use domain::blueprint::Blueprint;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn between(before: &Value, after: &Value) -> StackDifference {
    difference(&json!({"Resources": before}), &json!({"Resources": after}))
}

fn bucket(name: &str, tag: &str) -> Value {
    json!({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, "Tags": [{"Key": "team", "Value": tag}]}})
}

/// The paths of what changes, and whether each makes the resource anew.
fn paths(difference: &StackDifference) -> Vec<(&str, bool)> {
    let changed = difference
        .changed
        .iter()
        .flat_map(|resource| &resource.properties);
    let replaced = difference
        .replaced
        .iter()
        .flat_map(|resource| &resource.properties);
    changed
        .chain(replaced)
        .map(|change| (change.path.as_str(), change.replaces))
        .collect()
}

#[test]
fn a_resource_is_new_changed_or_gone() {
    let before = json!({"Kept": bucket("a", "old"), "Gone": bucket("b", "old")});
    let after = json!({"Kept": bucket("a", "new"), "New": bucket("c", "old")});
    let told = between(&before, &after);
    let kind = "AWS::S3::Bucket".to_owned();
    assert_eq!(
        told.added,
        [AddedResource {
            logical_id: "New".to_owned(),
            kind: kind.clone()
        }]
    );
    assert_eq!(
        told.removed,
        [RemovedResource {
            logical_id: "Gone".to_owned(),
            kind,
            retained: false
        }]
    );
    assert_eq!(paths(&told), [("Properties/Tags/team/Value", false)]);
    let change = &told.changed[0].properties[0];
    assert_eq!(
        (change.before.as_ref(), change.after.as_ref()),
        (Some(&json!("old")), Some(&json!("new")))
    );
    assert!(told.replaced.is_empty());
}

#[test]
fn what_cannot_be_changed_in_place_is_made_anew_and_what_is_retained_stays() {
    let mut before = bucket("a", "x");
    before["UpdateReplacePolicy"] = json!("Retain");
    before["DeletionPolicy"] = json!("Retain");
    let mut after = before.clone();
    after["Properties"]["BucketName"] = json!("b");
    let told = between(&json!({"Bucket": before}), &json!({"Bucket": after}));
    assert_eq!(paths(&told), [("Properties/BucketName", true)]);
    assert!(told.changed.is_empty() && told.replaced[0].retained);
    assert!(between(&json!({"Bucket": before}), &json!({})).removed[0].retained);
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-view.html>: a resource that takes
/// its value from one that is replaced is changed by that, or replaced itself.
#[test]
fn who_refers_to_what_is_made_anew_follows_it() {
    let template = |name: &str| {
        json!({
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}},
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": []}}},
            "Project": {"Type": "AWS::CodeBuild::Project", "Properties": {"Artifacts": {"Location": {"Fn::Sub": "${Bucket.Arn}/x"}}}},
            "Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Stages": [{"Name": "a", "On": {"Fn::GetAtt": ["Bucket", "Arn"]}}]}},
            "Other": {"Type": "AWS::KMS::Key", "Properties": {"Description": {"Fn::Sub": "${BucketOfOthers.Arn}"}}},
        })
    };
    let told = between(&template("a"), &template("b"));
    let names = |ids: Vec<&String>| ids.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(
            told.replaced
                .iter()
                .map(|resource| &resource.logical_id)
                .collect()
        ),
        ["Bucket", "Policy"]
    );
    assert_eq!(told.replaced[1].follows, ["Bucket"]);
    assert_eq!(
        names(told.changed.iter().map(|resource| &resource.logical_id).collect()),
        ["Project", "Pipeline"]
    );
    assert!(
        told.changed
            .iter()
            .all(|resource| resource.follows == ["Bucket"] && resource.properties.is_empty())
    );
}

#[test]
fn elements_are_told_by_their_names_and_an_order_as_a_whole() {
    let stages = |names: &[&str]| {
        let stages: Vec<Value> = names
            .iter()
            .map(|name| json!({"Name": name, "Actions": [name]}))
            .collect();
        json!({"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Stages": stages}}})
    };
    let told = between(&stages(&["Source", "prod"]), &stages(&["Source", "dev", "prod"]));
    assert_eq!(paths(&told), [("Properties/Stages/dev", false)]);
    assert_eq!(told.changed[0].properties[0].before, None);
    let told = between(
        &stages(&["Source", "dev", "prod"]),
        &stages(&["Source", "prod", "dev"]),
    );
    assert_eq!(paths(&told), [("Properties/Stages", false)]);
}

#[test]
fn a_type_that_is_not_known_may_be_made_anew() {
    let thing = |size: u8| json!({"Thing": {"Type": "AWS::Elsewhere::Thing", "Properties": {"Size": size}}});
    let told = between(&thing(1), &thing(2));
    assert!(told.replaced.is_empty() && told.changed[0].may_be_replaced);
}

#[test]
fn what_is_not_ascii_is_as_cloudformation_tells_it() {
    let sent = json!({"Description": "Zürich", "Resources": {"Bucket": bucket("a", "Köln")}});
    let told = json!({"Description": "Z?rich", "Resources": {"Bucket": bucket("a", "K?ln")}});
    assert!(difference(&told, &sent).is_empty());
    assert!(
        !difference(
            &told,
            &json!({"Description": "Zurich", "Resources": {"Bucket": bucket("a", "K?ln")}})
        )
        .is_empty()
    );
}

#[test]
fn what_stands_beside_the_resources_is_told() {
    let told = difference(
        &json!({"Description": "a"}),
        &json!({"Description": "b", "Outputs": {"X": {"Value": 1}}}),
    );
    let paths: Vec<&str> = told.template.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["Description", "Outputs"]);
}

fn role(service: &str) -> Value {
    json!({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [
        {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": service}}]}}})
}

fn policy(statements: &Value) -> Value {
    json!({"Type": "AWS::IAM::Policy", "Properties": {
        "PolicyName": "p", "Roles": [{"Ref": "Builds"}], "PolicyDocument": {"Statement": statements}}})
}

fn words(told: &StackDifference) -> Vec<&str> {
    told.iam
        .iter()
        .flat_map(|change| &change.words)
        .map(String::as_str)
        .collect()
}

#[test]
fn permissions_stand_apart_in_words() {
    let read =
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}});
    let told = between(
        &json!({}),
        &json!({"Builds": role("codebuild.amazonaws.com"), "Policy": policy(&json!([read]))}),
    );
    assert_eq!(
        words(&told),
        [
            "The role Builds is new.",
            "codebuild.amazonaws.com may now: sts:AssumeRole on the role Builds.",
            "The role Builds may now: s3:GetObject on ${Bucket.Arn}.",
        ]
    );
    assert!(told.added.is_empty(), "they stand apart");
    assert!(told.iam.iter().all(|change| change.change == ChangeKind::Added));
}

#[test]
fn only_what_differs_in_a_policy_is_told() {
    let statement = |actions: &[&str], resource: &str| json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    let other =
        json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"x": "true"}}});
    let before =
        json!({"Policy": policy(&json!([statement(&["s3:GetObject", "s3:PutObject"], "a"), other]))});
    let after = json!({"Policy": policy(&json!([statement(&["s3:GetObject", "s3:DeleteObject"], "a")]))});
    let told = between(&before, &after);
    assert_eq!(
        words(&told),
        [
            "The role Builds may now: s3:DeleteObject on a.",
            "The role Builds is no longer denied: iam:* on *, where {\"Bool\":{\"x\":\"true\"}}.",
            "The role Builds may no longer: s3:PutObject on a.",
        ]
    );
    assert_eq!(told.iam[0].change, ChangeKind::Changed);
    assert!(told.changed.is_empty());
}

#[test]
fn a_role_that_gets_another_name_boundary_or_managed_policy_is_told() {
    let mut before = role("x");
    before["Properties"]["RoleName"] = json!("one");
    before["Properties"]["ManagedPolicyArns"] = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    let mut after = role("x");
    after["Properties"]["RoleName"] = json!("two");
    after["Properties"]["PermissionsBoundary"] = json!("arn:aws:iam::1:policy/b");
    let told = between(&json!({"Builds": before}), &json!({"Builds": after}));
    assert_eq!(told.iam[0].change, ChangeKind::Replaced);
    assert_eq!(
        words(&told),
        [
            "The role Builds is made anew.",
            "The role Builds loses the managed policy arn:aws:iam::aws:policy/ReadOnlyAccess.",
            "The permissions of the role Builds are bounded by arn:aws:iam::1:policy/b.",
        ]
    );
}

#[test]
fn the_policies_of_keys_and_buckets_are_permissions_too() {
    let key = |account: &str| {
        json!({"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [
            {"Effect": "Allow", "Action": "kms:Decrypt", "Principal": {"AWS": account}, "Resource": "*"}]}}}})
    };
    let told = between(&key("one"), &key("two"));
    assert_eq!(
        words(&told),
        [
            "two may now: kms:Decrypt on the key Key.",
            "one may no longer: kms:Decrypt on the key Key."
        ]
    );
    assert_eq!(told.changed.len(), 1, "the key itself is changed as well");
}

#[test]
fn one_more_in_a_list_is_one_more_permission() {
    let policy = |accounts: &[&str], resources: &[&str]| {
        json!({"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:List*"], "Principal": {"AWS": accounts}, "Resource": resources}]}}}})
    };
    let told = between(
        &policy(&["one"], &["a", "b"]),
        &policy(&["one", "two", "three"], &["a", "b"]),
    );
    assert_eq!(
        words(&told),
        ["three, two may now: s3:GetObject, s3:List* on a, b."]
    );
    let told = between(&policy(&["one"], &["a"]), &policy(&["one"], &["a", "b"]));
    assert_eq!(words(&told), ["one may now: s3:GetObject, s3:List* on b."]);
}

#[test]
fn what_a_policy_excepts_is_told_as_such() {
    let statement = json!({"Effect": "Deny", "NotAction": ["iam:Get*"], "NotResource": ["a", "b"], "NotPrincipal": {"AWS": "root"}});
    let policy = json!({"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": statement}}}});
    let told = between(&json!({}), &policy);
    assert_eq!(
        words(&told),
        ["Everybody but root is now denied: everything but iam:Get* on all but a, b."]
    );
}

/// Any template of few resources: two of them often have much in common.
fn template() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just("AWS::S3::Bucket"),
        Just("AWS::IAM::Role"),
        Just("AWS::Logs::LogGroup"),
        Just("AWS::Elsewhere::Thing"),
    ];
    let leaf = prop_oneof![
        (0..3_u8).prop_map(Value::from),
        "[a-c]".prop_map(|id| json!({"Ref": id})),
        "[a-b]".prop_map(Value::from)
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(
                prop_oneof![Just("Name".to_owned()), "[A-C]".prop_map(|name| name)],
                inner,
                0..3
            )
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let properties = proptest::collection::btree_map(
        prop_oneof![
            Just("BucketName".to_owned()),
            Just("Tags".to_owned()),
            Just("RoleName".to_owned())
        ],
        value,
        0..3,
    );
    let resource =
        (kind, properties).prop_map(|(kind, properties)| json!({"Type": kind, "Properties": properties}));
    proptest::collection::btree_map("[a-c]", resource, 0..4)
        .prop_map(|resources| json!({"Resources": resources.into_iter().collect::<Map<String, Value>>()}))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn every_difference_is_told_once_and_nothing_else(before in template(), after in template()) {
        let told = difference(&before, &after);
        prop_assert_eq!(told.is_empty(), before == after);
        let resources = |template: &Value| template["Resources"].as_object().cloned().unwrap();
        let (old, new) = (resources(&before), resources(&after));
        let of_iam = |id: &str| [old.get(id), new.get(id)].into_iter().flatten().any(|resource| resource["Type"] == "AWS::IAM::Role");
        for id in old.keys().chain(new.keys()) {
            let listed = told.added.iter().filter(|resource| resource.logical_id == *id).count()
                + told.changed.iter().filter(|resource| resource.logical_id == *id).count()
                + told.replaced.iter().filter(|resource| resource.logical_id == *id).count()
                + told.removed.iter().filter(|resource| resource.logical_id == *id).count();
            let access = told.iam.iter().filter(|change| change.logical_id == *id).count();
            if old.get(id) != new.get(id) {
                prop_assert!(listed + access >= 1 && listed <= 1 && access <= 1, "{}: {:?}", id, told);
            } else if !of_iam(id) {
                // It may follow another one.
                let follows = told.changed.iter().any(|resource| resource.logical_id == *id && !resource.follows.is_empty())
                    || told.replaced.iter().any(|resource| resource.logical_id == *id && !resource.follows.is_empty());
                prop_assert_eq!(listed == 1, follows);
            }
        }
        for change in told.changed.iter().flat_map(|resource| &resource.properties) {
            prop_assert_ne!(&change.before, &change.after);
            prop_assert!(!change.replaces, "what replaces a resource is not among the changes in place");
        }
        for resource in &told.replaced {
            prop_assert!(resource.properties.iter().any(|change| change.replaces) || !resource.follows.is_empty());
        }
    }
}

#[test]
fn a_pipeline_differs_from_itself_in_nothing_and_by_a_tag_in_tags_alone() {
    for strategy in ["cdk-trunk", "trunk", "gitflow"] {
        let template = |tag: &str| -> Value {
            let stage = |name: &str, region: &str| json!({"name": name, "accountId": "222222222222", "region": region, "team": "research"});
            let blueprint = json!({
                "id": "k3j9x0ab", "name": "sales", "team": "research", "strategy": strategy, "tags": {"cost": tag},
                "cicd": {"accountId": "111111111111", "region": "eu-west-1"},
                "stages": [stage("dev", "eu-west-1"), stage("prod", "us-east-1")],
            });
            let blueprint: Blueprint = domain::input::parse(&blueprint).unwrap();
            serde_json::from_str(&cicd_template::stacks(&blueprint).unwrap().cicd.template).unwrap()
        };
        assert!(difference(&template("a"), &template("a")).is_empty());
        let told = difference(&template("a"), &template("b"));
        let iam = told
            .iam
            .iter()
            .flat_map(|change| &change.properties)
            .map(|change| (change.path.as_str(), false));
        let all: Vec<(&str, bool)> = paths(&told).into_iter().chain(iam).collect();
        assert!(!all.is_empty());
        assert!(
            all.iter().all(|(path, _)| path.contains("Tags/")),
            "{strategy}: {all:?}"
        );
        assert!(
            told.added.is_empty()
                && told.removed.is_empty()
                && told.replaced.is_empty()
                && words(&told).is_empty()
        );
    }
}
