//! Every strategy is asked every question.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    account::Region,
    ids::{PipelineId, PipelineName, StageName},
    names::PipelineNames,
    pipeline::MAX_STAGES,
    prefix::Prefix,
    repository::MAIN_BRANCH,
    strategy::{CodePipeline, Strategy as Delivery},
};
use proptest::{collection, prelude::*, sample};

fn stage(name: &str) -> StageName {
    StageName::parse(name).unwrap()
}

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn any_strategy() -> impl Strategy<Value = Delivery> {
    sample::select(Delivery::ALL)
}

/// Names that mean something to a strategy come up often.
fn any_stages() -> impl Strategy<Value = Vec<StageName>> {
    let name = prop_oneof![
        "[abd-z][a-z0-9-]{0,15}",
        sample::select(&[
            "prod",
            "production",
            "prod-eu",
            "main",
            "dev",
            "a",
            "a-",
            "deploy-a"
        ])
        .prop_map(str::to_owned),
    ];
    collection::btree_set(name, 1..=MAX_STAGES)
        .prop_map(|names| names.iter().map(|name| stage(name)).collect::<Vec<_>>())
        .prop_shuffle()
}

/// The CodePipelines of the pipeline `sales`.
fn code_pipelines(strategy: Delivery, stages: &[StageName]) -> Vec<CodePipeline> {
    let (prefix, name, id) = (Prefix::default(), "sales", "k3j9x0ab");
    let (name, id) = (PipelineName::parse(name).unwrap(), PipelineId::parse(id).unwrap());
    strategy.code_pipelines(PipelineNames::new(&prefix, &name, &id), stages)
}

#[test]
fn a_strategy_has_one_name_everywhere() {
    for &strategy in Delivery::ALL {
        let name = strategy.as_str();
        assert_eq!(strategy.to_string(), name);
        assert_eq!(Delivery::parse(name), Ok(strategy));
        assert_eq!(serde_json::to_value(strategy).unwrap(), name);
        assert_eq!(serde_json::from_value::<Delivery>(name.into()).unwrap(), strategy);
    }
    assert_eq!(
        Delivery::parse("fast").unwrap_err(),
        "must be one of cdk-trunk, trunk, gitflow"
    );
}

#[test]
fn each_strategy_answers_as_documented() {
    let stages = ["dev", "prod-eu", "prod"].map(stage);
    let (own, other) = (region("eu-west-1"), region("us-east-1"));
    let answers = |strategy: Delivery| {
        let code_pipelines = code_pipelines(strategy, &stages);
        let delivered: Vec<(String, String)> = code_pipelines
            .into_iter()
            .map(|code_pipeline| (code_pipeline.name, code_pipeline.branch))
            .collect();
        let approvals: Vec<bool> = (0..3).map(|index| strategy.approval_by_default(index)).collect();
        let updates = (strategy.updates_itself(), strategy.runs_on_deployment_commits());
        let support = strategy.support_regions(&own, [&own, &other, &other]).len();
        (delivered, approvals, updates, support)
    };
    let pipeline = |name: &str, branch: &str| (name.to_owned(), branch.to_owned());
    let one = vec![pipeline("dataall-sales-k3j9x0ab", "main")];
    let each = vec![
        pipeline("dataall-sales-k3j9x0ab-dev", "dev"),
        pipeline("dataall-sales-k3j9x0ab-prod-eu", "prod-eu"),
        pipeline("dataall-sales-k3j9x0ab-prod", "main"),
    ];
    assert_eq!(
        answers(Delivery::CdkTrunk),
        (one.clone(), vec![false; 3], (true, true), 1)
    );
    assert_eq!(
        answers(Delivery::Trunk),
        (one, vec![false, true, true], (false, false), 0)
    );
    assert_eq!(
        answers(Delivery::Gitflow),
        (each, vec![false; 3], (false, false), 0)
    );
}

#[test]
fn production_is_told_by_a_part_of_the_name() {
    for (name, is_production) in [
        ("prod", true),
        ("production", true),
        ("prod-eu", true),
        ("eu-production", true),
        ("eu-prod-", true),
        ("preprod", false),
        ("product", false),
        ("dev", false),
    ] {
        assert_eq!(stage(name).is_production(), is_production, "{name}");
    }
}

proptest! {
    #[test]
    fn each_stage_is_delivered_by_one_code_pipeline(strategy in any_strategy(), stages in any_stages()) {
        let all = code_pipelines(strategy, &stages);
        let names: BTreeSet<&str> = all.iter().map(|code_pipeline| code_pipeline.name.as_str()).collect();
        prop_assert_eq!(names.len(), all.len());
        let delivered = all
            .iter()
            .flat_map(|code_pipeline| stages.iter().filter(|stage| code_pipeline.delivers(stage)));
        prop_assert_eq!(delivered.collect::<Vec<_>>(), stages.iter().collect::<Vec<_>>());
        let expected = if strategy.has_code_pipeline_for_each_stage() { stages.len() } else { 1 };
        prop_assert_eq!(all.len(), expected);
    }

    #[test]
    fn a_code_pipeline_reads_the_branch_of_its_stages(strategy in any_strategy(), stages in any_stages()) {
        let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let all = code_pipelines(strategy, &stages);
        for code_pipeline in &all {
            for stage in stages.iter().filter(|stage| code_pipeline.delivers(stage)) {
                prop_assert_eq!(strategy.branch_of(stage), code_pipeline.branch.as_str());
            }
            readers.entry(&code_pipeline.branch).or_default().push(&code_pipeline.name);
        }
        for (branch, readers) in &readers {
            // The stages `main` and `prod` of gitflow share a branch.
            let most = if *branch == MAIN_BRANCH { 2 } else { 1 };
            prop_assert!(readers.len() <= most, "{branch}: {readers:?}");
        }
        let beside_main = strategy.branches_beside_main(&stages);
        prop_assert!(!beside_main.contains(MAIN_BRANCH));
        let branches: BTreeSet<&str> = readers.into_keys().filter(|branch| *branch != MAIN_BRANCH).collect();
        prop_assert_eq!(beside_main, branches);
    }

    #[test]
    fn a_part_of_a_code_pipeline_delivers_one_stage(strategy in any_strategy(), stages in any_stages()) {
        for stage in &stages {
            let parts = strategy.parts_of(stage);
            prop_assert!(!parts.is_empty());
            for part in parts {
                let delivered: Vec<&StageName> =
                    stages.iter().filter(|stage| strategy.delivers(&part, stage)).collect();
                prop_assert_eq!(delivered, [stage], "{}", part);
            }
        }
    }

    #[test]
    fn only_production_is_delivered_from_main_where_branches_differ(stage in any_stages().prop_map(|stages| stages[0].clone())) {
        for strategy in Delivery::ALL.iter().filter(|strategy| strategy.has_code_pipeline_for_each_stage()) {
            let from_main = strategy.branch_of(&stage) == MAIN_BRANCH;
            prop_assert!(!from_main || stage.is_production() || stage.as_str() == MAIN_BRANCH, "{stage}");
        }
    }

    #[test]
    fn support_stacks_stand_in_other_regions_once(
        strategy in any_strategy(),
        regions in collection::vec(sample::select(&["eu-west-1", "us-east-1", "ap-south-1"]), 0..6),
    ) {
        let (own, regions) = (region("eu-west-1"), regions.into_iter().map(region).collect::<Vec<_>>());
        let support = strategy.support_regions(&own, &regions);
        prop_assert!(!support.contains(&&own));
        let each: BTreeSet<&Region> = support.iter().copied().collect();
        prop_assert_eq!(each.len(), support.len());
        prop_assert!(each.is_subset(&regions.iter().collect()));
    }
}
