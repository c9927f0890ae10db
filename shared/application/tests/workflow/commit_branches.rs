//! `CommitRepository` on the branches of gitflow: an edit reaches each of them, once, or none.

use std::collections::BTreeMap;

use application::workflow::plan::{Plan, PlanSummary};
use domain::{
    Error, Result,
    account::AccountId,
    deployment::Commit,
    ids::{DeploymentId, PipelineId, StageName},
    revision::Revision,
    strategy::Strategy,
};
use proptest::prelude::{Strategy as _, *};
use serde_json::{Value, json};

use crate::{
    commit_repository::{NAME, hosted, push, run},
    fixtures::{DEV, PROD, rendered_after},
    world::{Fault, Hosted, World, settle},
};

const DDK: &str = "ddk.json";

fn id(number: u32) -> DeploymentId {
    DeploymentId::parse(format!("01k9v3xv0m00000000000000{number:02}")).unwrap()
}

/// A pipeline of the stages dev, staging and prod, with a change.
async fn planned(world: &World, number: u32, change: impl FnOnce(&mut Plan)) -> PlanSummary {
    let deployment = id(number);
    let rendered = rendered_after(world, &deployment, |plan| {
        plan.revision = Revision(number);
        plan.blueprint.strategy = Strategy::Gitflow;
        let mut staging = plan.blueprint.stages[0].clone();
        staging.name = StageName::parse("staging").unwrap();
        plan.blueprint.stages.insert(1, staging);
        change(plan);
    });
    rendered.await.0
}

async fn edit(world: &World, number: u32, change: impl FnOnce(&mut Plan)) -> Result<Commit> {
    let plan = planned(world, number, change).await;
    settle(async || run(world, &id(number), &plan).await).await
}

/// A world with the repository as the first deployment leaves it.
async fn begun() -> World {
    let world = World::default();
    edit(&world, 1, |_| ()).await.unwrap();
    world
}

/// A world of the same state in which a call fails.
fn faulty(before: &World, at: usize, fault: Fault) -> World {
    let world = World::with_fault(at, fault);
    *world.state() = std::mem::take(&mut *before.state());
    world
}

/// The stage staging in another account.
fn moved(plan: &mut Plan) {
    plan.blueprint.stages[1].target.account_id = AccountId::parse(PROD).unwrap();
}

fn without_prod(plan: &mut Plan) {
    plan.blueprint
        .stages
        .retain(|stage| stage.name.as_str() != "prod");
}

/// A developer changes a member of a stage's environment in ddk.json.
fn change(world: &World, branch: &str, stage: &str, member: &str, value: &Value) {
    push(world, branch, DDK, |ddk| {
        let mut ddk: Value = serde_json::from_str(ddk).unwrap();
        ddk["environments"][stage][member] = value.clone();
        format!("{ddk:#}\n")
    });
}

fn environment(hosted: &Hosted, branch: &str, stage: &str) -> Value {
    let ddk: Value = serde_json::from_str(&hosted.files(branch)[DDK]).unwrap();
    ddk["environments"][stage].clone()
}

/// So many commits of a branch's history are of this deployment.
fn commits_of(hosted: &Hosted, branch: &str, number: u32) -> usize {
    let trailer = format!("Deployment: {}", id(number));
    let mut count = 0;
    let mut next = hosted.branches.get(branch);
    while let Some(commit) = next.map(|commit| hosted.commit(commit)) {
        count += usize::from(commit.message.contains(&trailer));
        next = commit.parents.first();
    }
    count
}

#[tokio::test]
async fn an_edit_is_a_commit_on_each_branch_and_what_developers_made_of_them_stays_apart() {
    let world = begun().await;
    let log_level = json!({"LOG_LEVEL": "DEBUG"});
    change(&world, "dev", "dev", "env_vars", &log_level);
    let before = hosted(&world);
    let commit = edit(&world, 2, moved).await.unwrap();
    let after = hosted(&world);
    assert!(commit.changed);
    let mut heads = commit.branches.clone();
    heads.insert(commit.branch, commit.commit_id);
    assert_eq!(heads, after.branches);
    assert_eq!(
        after.branches.keys().collect::<Vec<_>>(),
        ["dev", "main", "staging"]
    );
    for (branch, head) in &after.branches {
        assert_eq!(
            after.commit(head).parents,
            [before.branches[branch].clone()],
            "{branch}"
        );
        assert_eq!(
            environment(&after, branch, "staging")["account"],
            PROD,
            "{branch}"
        );
    }
    assert_eq!(environment(&after, "dev", "dev")["env_vars"], log_level);
    assert_ne!(environment(&after, "main", "dev")["env_vars"], log_level);

    let again = edit(&world, 3, moved).await.unwrap();
    assert_eq!((again.changed, again.branches), (false, commit.branches));
    assert_eq!(hosted(&world), after);
}

#[tokio::test]
async fn any_call_may_fail_in_any_way() {
    async fn scene(at: Option<(usize, Fault)>) -> (World, Result<Commit>) {
        let mut world = begun().await;
        change(&world, "dev", "dev", "env_vars", &json!({"A": "1"}));
        world
            .state()
            .repositories
            .get_mut(NAME)
            .unwrap()
            .branches
            .remove("staging");
        let plan = planned(&world, 2, moved).await;
        if let Some((at, fault)) = at {
            world = faulty(&world, at, fault);
        }
        let commit = settle(async || run(&world, &id(2), &plan).await).await;
        (world, commit)
    }
    let (sound, expected) = scene(None).await;
    let expected = expected.unwrap();
    assert_eq!(expected.branches["staging"], expected.commit_id);
    for at in 0..sound.calls.made().len() {
        for fault in Fault::ALL {
            let (world, commit) = scene(Some((at, fault))).await;
            assert_eq!(commit.unwrap(), expected, "call {at}, {fault:?}");
            assert_eq!(hosted(&world), hosted(&sound), "call {at}, {fault:?}");
            assert_eq!(
                world.state().artifacts,
                sound.state().artifacts,
                "call {at}, {fault:?}"
            );
        }
    }
}

/// A try dies anywhere, developers push to every branch, and it is tried again: by the same deployment, or by the next.
#[tokio::test]
async fn a_push_between_two_tries_leads_to_no_second_commit() {
    let calls = {
        let world = begun().await;
        edit(&world, 2, without_prod).await.unwrap();
        world.calls.made().len()
    };
    for at in 0..calls {
        for fault in [Fault::Before, Fault::AnswerLost] {
            for next in [2, 3] {
                let before = begun().await;
                let plan = planned(&before, 2, without_prod).await;
                let world = faulty(&before, at, fault);
                run(&world, &id(2), &plan).await.unwrap_err();
                let branches = ["main", "dev", "staging"];
                for branch in branches {
                    change(&world, branch, "dev", "env_vars", &json!({"A": branch}));
                }
                let commit = edit(&world, next, without_prod).await.unwrap();
                let hosted = hosted(&world);
                let told = format!("call {at}, {fault:?}, deployment {next}");
                for branch in branches {
                    let made: usize = [2, 3]
                        .map(|number| commits_of(&hosted, branch, number))
                        .iter()
                        .sum();
                    assert_eq!(made, 1, "{told}, {branch}");
                    assert_eq!(
                        environment(&hosted, branch, "dev")["env_vars"],
                        json!({"A": branch}),
                        "{told}"
                    );
                    assert_eq!(
                        environment(&hosted, branch, "prod"),
                        Value::Null,
                        "{told}, {branch}"
                    );
                }
                assert!(commit.changed || next == 3, "{told}");
            }
        }
    }
}

/// In cdk-trunk a second merge of the same stage would be two calls in app.py, and two members of ddk.json.
#[tokio::test]
async fn a_commit_that_was_never_noted_is_the_base_of_the_next_merge() {
    let with_a_stage = |plan: &mut Plan| {
        plan.blueprint.strategy = Strategy::CdkTrunk;
        plan.blueprint.stages.swap(1, 2);
    };
    let world = World::default();
    let only_two = |plan: &mut Plan| {
        plan.blueprint.strategy = Strategy::CdkTrunk;
        plan.blueprint.stages.remove(1);
    };
    edit(&world, 1, only_two).await.unwrap();
    let key = "pipelines/k3j9x0ab/rendered.json";
    let noted = world.state().artifacts[key].clone();
    let commit = edit(&world, 2, with_a_stage).await.unwrap();
    world.state().artifacts.insert(key.to_owned(), noted);
    change(&world, "main", "staging", "env_vars", &json!({"A": "1"}));
    push(&world, "main", "app.py", |app| {
        app.replace("stage_id=\"staging\"", "stage_id=\"staging\"  # ours")
    });
    let before = hosted(&world);
    let again = edit(&world, 3, with_a_stage).await.unwrap();
    assert!(!again.changed);
    assert_eq!(hosted(&world), before);
    assert_eq!(before.branches["main"], again.commit_id);
    assert_ne!(commit.commit_id, again.commit_id);
    // Taking the change back is a change, though it was never noted.
    assert!(
        edit(&world, 4, only_two).await.is_err(),
        "what developers changed is in the way"
    );
}

#[tokio::test]
async fn one_branch_that_contradicts_keeps_all_from_being_written() {
    let world = begun().await;
    change(&world, "dev", "staging", "account", &json!("444444444444"));
    change(&world, "staging", "staging", "account", &json!("555555555555"));
    let before = hosted(&world).branches;
    for _ in 0..2 {
        let Err(Error::RepositoryConflict(contradictions)) = edit(&world, 2, moved).await else {
            panic!()
        };
        let told = contradictions.iter().map(|told| {
            (
                told.branch.as_str(),
                told.proposal.as_str(),
                told.pull_request.as_str(),
            )
        });
        let expected = [
            ("dev", "dataall/r2-dev", "1"),
            ("staging", "dataall/r2-staging", "2"),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
        let mut branches = hosted(&world).branches;
        branches.retain(|branch, _| !branch.starts_with("dataall/"));
        assert_eq!(branches, before);
    }
    assert_eq!(hosted(&world).pull_requests.len(), 2);

    // One is merged: the other is still in the way. Both are: the edit goes through, on the branches that have it not.
    let merge = |proposal: &str, branch: &str| {
        let mut state = world.state();
        let hosted = state.repositories.get_mut(NAME).unwrap();
        let proposal = hosted.branches[proposal].clone();
        let files = hosted.commit(&proposal).files.clone();
        hosted.push(branch, "Merge", files, Some(&proposal))
    };
    let dev = merge("dataall/r2-dev", "dev");
    let Err(Error::RepositoryConflict(contradictions)) = edit(&world, 3, moved).await else {
        panic!()
    };
    assert_eq!(contradictions.len(), 1);
    assert_eq!(hosted(&world).branches["main"], before["main"]);
    let staging = merge("dataall/r3-staging", "staging");
    let commit = edit(&world, 4, moved).await.unwrap();
    assert!(commit.changed);
    assert_eq!(
        commit.branches,
        [("dev".to_owned(), dev), ("staging".to_owned(), staging)].into()
    );
    for branch in ["main", "dev", "staging"] {
        assert_eq!(
            environment(&hosted(&world), branch, "staging")["account"],
            PROD,
            "{branch}"
        );
    }
}

#[tokio::test]
async fn a_file_that_developers_deleted_on_one_branch_is_a_conflict_there() {
    let world = begun().await;
    {
        let mut state = world.state();
        let hosted = state.repositories.get_mut(NAME).unwrap();
        let mut files = hosted.files("dev").clone();
        files.remove(DDK);
        hosted.push("dev", "Remove ddk.json", files, None);
    }
    assert!(!edit(&world, 2, |_| ()).await.unwrap().changed);
    let error = edit(&world, 3, moved).await.unwrap_err().to_string();
    assert!(error.contains("The branch dev: ddk.json (deleted)"), "{error}");
}

/// The world as a platform leaves it that brings edits to main alone: of the branches nothing is noted.
async fn as_before_branches_were_edited() -> World {
    let world = begun().await;
    edit(&world, 2, moved).await.unwrap();
    let mut state = world.state();
    let branches = &mut state.repositories.get_mut(NAME).unwrap().branches;
    for branch in ["dev", "staging"] {
        branches.insert(branch.to_owned(), "commit-1".to_owned());
    }
    let note = state
        .artifacts
        .get_mut("pipelines/k3j9x0ab/rendered.json")
        .unwrap();
    let mut noted: Value = serde_json::from_slice(note).unwrap();
    noted.as_object_mut().unwrap().remove("branches");
    *note = serde_json::to_vec(&noted).unwrap();
    drop(state);
    world
}

#[tokio::test]
async fn branches_that_missed_earlier_edits_get_them() {
    for kept in [true, false] {
        let world = as_before_branches_were_edited().await;
        if !kept {
            world
                .state()
                .artifacts
                .retain(|key, _| !key.starts_with("deployments/"));
        }
        change(&world, "dev", "dev", "env_vars", &json!({"A": "1"}));
        // Developers have merged main into the branch, and gone on there.
        {
            let mut state = world.state();
            let hosted = state.repositories.get_mut(NAME).unwrap();
            let main = hosted.branches["main"].clone();
            let files = hosted.files("main").clone();
            hosted.push("staging", "Merge main", files, Some(&main));
        }
        change(&world, "staging", "staging", "account", &json!(DEV));
        let before = hosted(&world);
        let commit = edit(&world, 3, moved).await.unwrap();
        let after = hosted(&world);
        assert!(commit.changed);
        assert_eq!(environment(&after, "dev", "staging")["account"], PROD);
        assert_eq!(environment(&after, "dev", "dev")["env_vars"], json!({"A": "1"}));
        for branch in ["main", "staging"] {
            assert_eq!(after.branches[branch], before.branches[branch], "{branch}");
        }
        assert!(!edit(&world, 4, moved).await.unwrap().changed);
    }
}

#[tokio::test]
async fn a_proposal_of_a_platform_that_knew_one_is_known() {
    let world = begun().await;
    change(&world, "main", "staging", "account", &json!("444444444444"));
    edit(&world, 2, moved).await.unwrap_err();
    let key = "pipelines/k3j9x0ab/proposal.json";
    let proposals: BTreeMap<String, Value> = serde_json::from_slice(&world.state().artifacts[key]).unwrap();
    let body = serde_json::to_vec(&proposals["main"]).unwrap();
    world.state().artifacts.insert(key.to_owned(), body);
    edit(&world, 2, moved).await.unwrap_err();
    assert_eq!(hosted(&world).pull_requests.len(), 1);
}

#[tokio::test]
async fn a_commit_that_names_another_pipelines_deployment_says_nothing() {
    let world = begun().await;
    let another = id(50);
    let theirs = rendered_after(&world, &another, |plan| {
        plan.blueprint.id = PipelineId::parse("theirs00").unwrap();
        moved(plan);
    });
    theirs.await;
    {
        let mut state = world.state();
        let hosted = state.repositories.get_mut(NAME).unwrap();
        let files = hosted.files("main").clone();
        hosted.push("main", &format!("Ours?\n\nDeployment: {}\n", id(50)), files, None);
    }
    edit(&world, 60, moved).await.unwrap();
    assert_eq!(environment(&hosted(&world), "main", "staging")["account"], PROD);
}

/// What happens to a repository.
#[derive(Clone, Debug)]
enum Event {
    /// A developer changes what no edit changes.
    Push(&'static str, u8),
    /// An edit, with a try that dies at a call first: prod or not, staging moved or not.
    Edit {
        prod: bool,
        moved: bool,
        dies: Option<(usize, Fault)>,
    },
}

fn events() -> impl proptest::strategy::Strategy<Value = Vec<Event>> {
    let push = (prop::sample::select(vec!["main", "dev", "staging"]), any::<u8>());
    let fault = prop::sample::select(Fault::ALL.to_vec());
    let edit = (
        any::<bool>(),
        any::<bool>(),
        prop::option::of((0..30_usize, fault)),
    );
    prop::collection::vec(
        prop_oneof![
            push.prop_map(|(branch, value)| Event::Push(branch, value)),
            edit.prop_map(|(prod, moved, dies)| Event::Edit { prod, moved, dies }),
        ],
        1..12,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn whatever_happens_every_branch_ends_as_it_is_wanted_with_its_developers_changes(events in events()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = begun().await;
            let mut pushed = BTreeMap::new();
            let mut number = 1;
            let last = Event::Edit { prod: true, moved: true, dies: None };
            for event in events.into_iter().chain([last]) {
                match event {
                    Event::Push(branch, value) => {
                        pushed.insert(branch, json!({"VALUE": value.to_string()}));
                        change(&world, branch, "dev", "env_vars", &pushed[branch]);
                    }
                    Event::Edit { prod, moved: far, dies } => {
                        number += 1;
                        let wanted = |plan: &mut Plan| {
                            if far {
                                moved(plan);
                            }
                            if !prod {
                                without_prod(plan);
                            }
                        };
                        let Some((at, fault)) = dies else {
                            edit(&world, number, wanted).await.unwrap();
                            continue;
                        };
                        let plan = planned(&world, number, wanted).await;
                        world = faulty(&world, at, fault);
                        // Nobody tries again: the next event comes first.
                        let _ = run(&world, &id(number), &plan).await;
                        let after = World::default();
                        *after.state() = std::mem::take(&mut *world.state());
                        world = after;
                    }
                }
            }
            let hosted = hosted(&world);
            for branch in ["main", "dev", "staging"] {
                let text = &hosted.files(branch)[DDK];
                let ddk: Value = serde_json::from_str(text).unwrap();
                let stages: Vec<&String> = ddk["environments"].as_object().unwrap().keys().collect();
                assert_eq!(stages, ["cicd", "dev", "staging", "prod"], "{branch}");
                assert_eq!(text.matches("\"prod\": {").count(), 1, "{branch}");
                assert_eq!(ddk["environments"]["staging"]["account"], PROD, "{branch}");
                if let Some(value) = pushed.get(branch) {
                    assert_eq!(ddk["environments"]["dev"]["env_vars"], *value, "{branch}");
                }
            }
        });
    }
}
