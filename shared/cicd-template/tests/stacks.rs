//! What holds for the templates of any valid blueprint, beside being those of the CDK (tests/parity).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use cicd_template::{MAX_INLINE_TEMPLATE_BYTES, Stack, holds_artifacts, stacks};
use domain::{blueprint::Blueprint, ids::StageName, names::PipelineNames, strategy::Strategy as Delivery};
use proptest::{collection, option, prelude::*};
use serde_json::{Value, json};

const REGIONS: [&str; 5] = [
    "eu-west-1",
    "us-east-1",
    "ap-southeast-2",
    "ap-northeast-3",
    "eu-west-9",
];

fn blueprint(input: &Value) -> Blueprint {
    domain::input::parse(input).unwrap_or_else(|problems| panic!("{problems}\n{input}"))
}

fn target() -> impl Strategy<Value = Value> {
    (
        "[0-9]{12}",
        prop::sample::select(&REGIONS),
        option::of("[a-z0-9]{1,10}"),
        option::of("[A-Za-z0-9_+=,.@-]{1,128}"),
    )
        .prop_map(|(account, region, qualifier, boundary)| {
            json!({
                "accountId": account, "region": region,
                "bootstrapQualifier": qualifier, "permissionsBoundary": boundary,
            })
        })
}

fn stages() -> impl Strategy<Value = Vec<Value>> {
    let name = "[a-z][a-z0-9-]{0,15}".prop_filter("is reserved", |name| name != "cicd");
    collection::btree_map(name, (target(), any::<bool>()), 1..=20).prop_map(|stages| {
        stages
            .into_iter()
            .map(|(name, (mut stage, manual_approval))| {
                stage["name"] = json!(name);
                stage["team"] = json!("research");
                stage["manualApproval"] = json!(manual_approval);
                stage
            })
            .collect()
    })
}

fn any_blueprint() -> impl Strategy<Value = Blueprint> {
    (
        prop::sample::select(vec!["cdk-trunk", "trunk", "gitflow"]),
        "[a-z][a-z0-9]{1,11}",
        "[a-z][a-z0-9]{7}",
        "[a-z][a-z0-9]{1,31}",
        "[^\\p{C}]{0,100}",
        collection::btree_map("[a-z]{4,128}", "[A-Za-z0-9 _.:/=+@-]{1,256}", 0..=40),
        target(),
        stages(),
    )
        .prop_map(|(strategy, prefix, id, name, description, tags, cicd, stages)| {
            blueprint(&json!({
                "prefix": prefix, "id": id, "name": name, "description": description, "tags": tags,
                "team": "research", "strategy": strategy, "cicd": cicd, "stages": stages,
            }))
        })
}

fn template(stack: &Stack) -> Value {
    serde_json::from_str(&stack.template).unwrap()
}

fn resources<'t>(template: &'t Value, kind: &str) -> Vec<&'t Value> {
    let resources = template["Resources"].as_object().unwrap();
    resources
        .values()
        .filter(|resource| resource["Type"] == kind)
        .map(|resource| &resource["Properties"])
        .collect()
}

/// Every logical id that a value refers to.
fn referred(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("Ref", Value::String(id)) => {
                        found.insert(id.clone());
                    }
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.insert(parts[0].as_str().unwrap().to_owned());
                    }
                    _ => referred(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| referred(value, found)),
        _ => {}
    }
}

fn actions(template: &Value) -> Vec<Value> {
    resources(template, "AWS::CodePipeline::Pipeline")
        .into_iter()
        .flat_map(|pipeline| pipeline["Stages"].as_array().unwrap())
        .flat_map(|stage| stage["Actions"].as_array().unwrap().clone())
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_reference_has_its_resource(blueprint in any_blueprint()) {
        for stack in stacks(&blueprint).unwrap().in_order() {
            let template = template(stack);
            let mut found = BTreeSet::new();
            referred(&template, &mut found);
            for id in found {
                let there = template["Resources"].get(&id).is_some() || template["Parameters"].get(&id).is_some();
                prop_assert!(there || id.starts_with("AWS::"), "{id} in {}", stack.name);
            }
        }
    }

    #[test]
    fn what_a_deployment_commits_starts_no_pipeline_that_it_updates(blueprint in any_blueprint()) {
        let stacks = stacks(&blueprint).unwrap();
        let template = template(&stacks.cicd);
        let updates_itself = blueprint.strategy.updates_itself();
        let runs_on_deployment_commits = blueprint.strategy.runs_on_deployment_commits();
        prop_assert!(updates_itself || !runs_on_deployment_commits, "the update would cancel the run");
        let restarting = |pipeline: &&Value| pipeline["RestartExecutionOnUpdate"] == true;
        let pipelines = resources(&template, "AWS::CodePipeline::Pipeline");
        prop_assert_eq!(pipelines.iter().filter(|pipeline| restarting(pipeline)).count(), usize::from(updates_itself));
        let rules = resources(&template, "AWS::Events::Rule");
        prop_assert_eq!(rules.len(), pipelines.len());
        for rule in rules {
            let callers = &rule["EventPattern"]["detail"]["callerUserArn"];
            if runs_on_deployment_commits {
                prop_assert!(callers.is_null());
                continue;
            }
            prop_assert_eq!(&callers[0], &json!({"exists": false}));
            // The end of the ARN; its partition may be left to CloudFormation.
            let cicd = &blueprint.cicd;
            let sessions = format!(
                ":sts::{}:assumed-role/{}-environment-{}/{}.deployment-\"",
                cicd.account_id, blueprint.prefix, cicd.region, blueprint.prefix
            );
            prop_assert!(callers[1]["anything-but"]["prefix"].to_string().contains(&sessions));
        }
    }

    #[test]
    fn names_fit_their_services(blueprint in any_blueprint()) {
        let stacks = stacks(&blueprint).unwrap();
        for stack in stacks.in_order() {
            prop_assert!(stack.name.len() <= 128);
            let template = template(stack);
            for bucket in resources(&template, "AWS::S3::Bucket") {
                prop_assert!(bucket["BucketName"].as_str().is_none_or(|name| (3..=63).contains(&name.len())));
            }
            for alias in resources(&template, "AWS::KMS::Alias") {
                prop_assert!(text(&alias["AliasName"]).len() <= 256);
            }
            for policy in resources(&template, "AWS::IAM::Policy") {
                prop_assert!(text(&policy["PolicyName"]).len() <= 128);
            }
        }
        let template = template(&stacks.cicd);
        for pipeline in resources(&template, "AWS::CodePipeline::Pipeline") {
            prop_assert!(text(&pipeline["Name"]).len() <= 100);
            let stages: BTreeSet<&str> =
                pipeline["Stages"].as_array().unwrap().iter().map(|stage| text(&stage["Name"])).collect();
            prop_assert_eq!(stages.len(), pipeline["Stages"].as_array().unwrap().len());
            prop_assert!((2..=50).contains(&stages.len()));
            prop_assert!(stages.iter().all(|name| name.len() <= 100));
        }
        for action in actions(&template) {
            prop_assert!(text(&action["Name"]).len() <= 100);
            for artifact in action["OutputArtifacts"].as_array().into_iter().flatten() {
                prop_assert!(text(&artifact["Name"]).len() <= 100);
            }
        }
        for project in resources(&template, "AWS::CodeBuild::Project") {
            // The service takes 150 characters.
            prop_assert!(project["Name"].as_str().is_none_or(|name| name.len() <= 150));
        }
    }

    #[test]
    fn each_template_goes_by_url_at_least(blueprint in any_blueprint()) {
        for stack in stacks(&blueprint).unwrap().in_order() {
            let template = template(stack);
            // CloudFormation takes 1 MB from a bucket. Forty long tags on all resources of twenty stages in gitflow are more
            // than that by themselves, which it says; all else takes a third at most.
            let tags: usize = template["Resources"]
                .as_object()
                .unwrap()
                .values()
                .map(|resource| resource["Properties"].get("Tags").map_or(0, |tags| tags.to_string().len()))
                .sum();
            prop_assert!(stack.template.len() - tags <= 333_333, "{}", stack.template.len() - tags);
            prop_assert!(template["Resources"].as_object().unwrap().len() <= 500);
        }
    }

    #[test]
    fn the_same_blueprint_gives_the_same_bytes(blueprint in any_blueprint()) {
        prop_assert_eq!(stacks(&blueprint).unwrap(), stacks(&blueprint.clone()).unwrap());
    }

    #[test]
    fn builds_of_a_stage_deploy_to_its_environment_and_nowhere_else(blueprint in any_blueprint()) {
        prop_assume!(blueprint.strategy != Delivery::CdkTrunk);
        let template = template(&stacks(&blueprint).unwrap().cicd);
        let builders: BTreeSet<String> = resources(&template, "AWS::CodeBuild::Project")
            .iter()
            .map(|project| project["ServiceRole"]["Fn::GetAtt"][0].as_str().unwrap().to_owned())
            .collect();
        prop_assert_eq!(builders.len(), blueprint.stages.len());
        let assumed: Vec<Vec<&str>> = resources(&template, "AWS::IAM::Policy")
            .into_iter()
            .filter_map(|policy| {
                let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
                statements.iter().find(|statement| statement["Action"] == "sts:AssumeRole").map(|statement| {
                    assert!(builders.contains(text(&policy["Roles"][0]["Ref"])), "only builds assume roles");
                    statement["Resource"].as_array().unwrap().iter().map(text).collect()
                })
            })
            .collect();
        let expected: Vec<Vec<String>> = blueprint
            .stages
            .iter()
            .map(|stage| {
                ["deploy", "file-publishing", "image-publishing", "lookup"]
                    .map(|kind| stage.target.bootstrap_role_arn(kind))
                    .into()
            })
            .collect();
        prop_assert_eq!(assumed, expected);
        for project in resources(&template, "AWS::CodeBuild::Project") {
            prop_assert_eq!(&project["Environment"]["PrivilegedMode"], &json!(false));
        }
    }

    #[test]
    fn builds_log_to_a_group_that_goes_with_the_stack(blueprint in any_blueprint()) {
        let template = template(&stacks(&blueprint).unwrap().cicd);
        let all = template["Resources"].as_object().unwrap();
        let groups: Vec<_> = all.iter().filter(|(_, resource)| resource["Type"] == "AWS::Logs::LogGroup").collect();
        let [(id, group)] = groups[..] else { panic!("{} log groups", groups.len()) };
        prop_assert_eq!(text(&group["Properties"]["LogGroupName"]), PipelineNames::from(&blueprint).build_log_group());
        prop_assert_eq!(&group["DeletionPolicy"], "Delete");
        prop_assert!(group["Properties"]["RetentionInDays"].is_u64());
        for project in resources(&template, "AWS::CodeBuild::Project") {
            let logs = &project["LogsConfig"]["CloudWatchLogs"];
            prop_assert_eq!(logs, &json!({ "GroupName": { "Ref": id }, "Status": "ENABLED" }));
            let role = &project["ServiceRole"]["Fn::GetAtt"][0];
            let policies = resources(&template, "AWS::IAM::Policy");
            let policy = policies.iter().find(|policy| policy["Roles"][0]["Ref"] == *role).unwrap();
            let of_logs: Vec<&Value> = policy["PolicyDocument"]["Statement"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|statement| statement["Action"].to_string().contains("logs:"))
                .collect();
            prop_assert_eq!(of_logs[0], &json!({
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Effect": "Allow",
                "Resource": { "Fn::GetAtt": [id, "Arn"] },
            }));
            // The CDK adds one of its own to the roles that it makes.
            prop_assert_eq!(of_logs.len(), if blueprint.strategy == Delivery::CdkTrunk { 2 } else { 1 });
        }
    }

    #[test]
    fn pipelines_are_those_that_the_platform_looks_for(blueprint in any_blueprint()) {
        let template = template(&stacks(&blueprint).unwrap().cicd);
        let pipelines = resources(&template, "AWS::CodePipeline::Pipeline");
        let stages: Vec<&StageName> = blueprint.stages.iter().map(|stage| &stage.name).collect();
        let expected = blueprint
            .strategy
            .code_pipelines(PipelineNames::from(&blueprint), stages.iter().copied());
        prop_assert_eq!(pipelines.len(), expected.len());
        for (pipeline, expected) in pipelines.into_iter().zip(expected) {
            prop_assert_eq!(text(&pipeline["Name"]), expected.name.as_str());
            let parts = pipeline["Stages"].as_array().unwrap();
            let source = &parts[0]["Actions"][0]["Configuration"];
            prop_assert_eq!(text(&source["BranchName"]), expected.branch.as_str());
            let mut delivered: Vec<&StageName> = parts
                .iter()
                .filter_map(|part| {
                    let name = text(&part["Name"]);
                    let mut stages = stages.iter().copied();
                    stages.find(|stage| blueprint.strategy.delivers(name, stage))
                })
                .collect();
            delivered.dedup();
            let stages = stages.iter().copied();
            prop_assert_eq!(delivered, stages.filter(|stage| expected.delivers(stage)).collect::<Vec<_>>());
        }
        for action in actions(&template) {
            let polls = &action["Configuration"]["PollForSourceChanges"];
            prop_assert!(polls.is_null() || *polls == json!(false));
        }
    }

    #[test]
    fn every_bucket_of_a_template_holds_artifacts(blueprint in any_blueprint()) {
        for stack in stacks(&blueprint).unwrap().in_order() {
            for (id, resource) in template(stack)["Resources"].as_object().unwrap() {
                if resource["Type"] == "AWS::S3::Bucket" {
                    prop_assert!(holds_artifacts(blueprint.strategy, id), "{id}");
                }
            }
        }
    }

    #[test]
    fn there_is_a_support_stack_for_each_other_region(blueprint in any_blueprint()) {
        let regions: BTreeSet<_> = blueprint
            .stages
            .iter()
            .map(|stage| &stage.target.region)
            .filter(|region| **region != blueprint.cicd.region)
            // The other strategies deploy by builds, whose artifacts stay in one region.
            .filter(|_| blueprint.strategy == Delivery::CdkTrunk)
            .collect();
        let stacks = stacks(&blueprint).unwrap();
        prop_assert_eq!(stacks.support.len(), regions.len());
        prop_assert_eq!(stacks.support.iter().map(|stack| &stack.region).collect::<BTreeSet<_>>(), regions);
    }
}

#[test]
fn an_ordinary_pipeline_goes_inline() {
    let stages: Vec<Value> = ["dev", "test", "prod"]
        .map(|name| json!({ "name": name, "accountId": "222222222222", "region": "eu-west-1", "team": "research" }))
        .into();
    let stacks = stacks(&blueprint(&json!({
        "id": "k3j9x0ab", "name": "sales", "team": "research", "strategy": "cdk-trunk",
        "cicd": { "accountId": "111111111111", "region": "eu-west-1" }, "stages": stages,
    })))
    .unwrap();
    assert!(stacks.cicd.template.len() <= MAX_INLINE_TEMPLATE_BYTES);
}
