//! Bad input: every problem at once, each with a pointer.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use domain::{blueprint::Blueprint, input::parse};
use serde_json::{Value, json};

fn blueprint() -> Value {
    json!({
        "id": "k3j9x0ab", "name": "sales", "team": "research", "strategy": "trunk",
        "cicd": {"accountId": "111111111111", "region": "eu-west-1"},
        "stages": [
            {"name": "dev", "accountId": "022222222222", "region": "eu-west-1", "team": "research"},
            {"name": "prod", "accountId": "333333333333", "region": "eu-central-1", "team": "research"},
        ],
    })
}

fn pointers(input: &Value) -> Vec<String> {
    let problems = parse::<Blueprint>(input).unwrap_err();
    problems
        .as_slice()
        .iter()
        .map(|problem| problem.pointer.as_str().to_owned())
        .collect()
}

#[test]
fn what_is_missing_has_a_default_where_one_is_sensible() {
    let blueprint: Blueprint = parse(&blueprint()).unwrap();
    assert_eq!(blueprint.prefix.as_str(), "dataall");
    assert_eq!(blueprint.stages[0].target.account_id.as_str(), "022222222222");
    let approvals: Vec<bool> = blueprint
        .stages
        .iter()
        .map(|stage| stage.manual_approval)
        .collect();
    assert_eq!(
        approvals,
        [false, true],
        "trunk asks for approval from the second stage on"
    );
}

#[test]
fn all_problems_come_at_once() {
    let mut input = blueprint();
    input["id"] = json!("K3");
    input["name"] = json!("Sales-");
    input["nmae"] = json!("sales");
    input["tags"] = json!({"aws:x": "1", "empty": "", "a": 1});
    input["cicd"]["accountId"] = json!(111_111_111_111_u64);
    input["stages"][1] =
        json!({"name": "dev", "accountId": "3", "region": "mars-1", "team": "a b", "extra": true});
    assert_eq!(
        pointers(&input),
        [
            "/id",
            "/name",
            "/tags/a",
            "/cicd/accountId",
            "/stages/1/accountId",
            "/stages/1/region",
            "/stages/1/team",
            "/stages/1/extra",
            "/stages/1/name",
            "/nmae",
        ]
    );
}

#[test]
fn tags_must_fit_the_strictest_service() {
    let mut input = blueprint();
    input["tags"] =
        json!({"AWS-CDK:bootstrap-role": "deploy", "TEAM": "other", "dataall:pipeline": "k3j9x0ab"});
    let mut found = pointers(&input);
    found.sort();
    assert_eq!(
        found,
        [
            "/tags/AWS-CDK:bootstrap-role",
            "/tags/TEAM",
            "/tags/dataall:pipeline"
        ]
    );
    input["tags"] = json!({"aws:x": "1", "empty": "", "Cost": "1", "cost": "2", "odd?": "1", "fine": "é 1"});
    let mut found = pointers(&input);
    found.sort();
    assert_eq!(found, ["/tags/aws:x", "/tags/cost", "/tags/empty", "/tags/odd?"]);
}

#[test]
fn stages_are_one_to_twenty_with_a_name_each() {
    let mut input = blueprint();
    input["stages"] = json!([]);
    assert_eq!(pointers(&input), ["/stages"]);
    let stage =
        |name: String| json!({"name": name, "accountId": "022222222222", "region": "eu-west-1", "team": "t"});
    input["stages"] = (0..21).map(|number| stage(format!("s{number}"))).collect();
    assert_eq!(pointers(&input), ["/stages"]);
    input["stages"] = [
        stage("cicd".to_owned()),
        stage("a".to_owned()),
        stage("a".to_owned()),
    ]
    .into_iter()
    .collect();
    assert_eq!(pointers(&input), ["/stages/0/name", "/stages/2/name"]);
}

#[test]
fn pointers_escape_what_json_pointers_must() {
    let mut input = blueprint();
    input["a/b~c"] = json!(1);
    assert_eq!(pointers(&input), ["/a~1b~0c"]);
}
