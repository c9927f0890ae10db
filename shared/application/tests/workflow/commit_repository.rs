use application::step::Step as _;
use std::collections::BTreeMap;
use time::OffsetDateTime;

use application::workflow::{
    commit_repository::{CommitRepository, CommitRepositoryInput},
    plan::{Plan, PlanSummary},
};
use domain::{
    Error, Result,
    deployment::Commit,
    error::Contradiction,
    ids::{DeploymentId, StageName},
    names::PIPELINE_TAG,
    pipeline::Description,
    revision::Revision,
    strategy::Strategy,
};
use futures_util::future::join;

use crate::{
    fixtures::{deployment, later_deployment, rendered, rendered_after},
    world::{Fault, Hosted, HostedCommit, World, settle},
};

pub(crate) const NAME: &str = "dataall-sales-k3j9x0ab";

pub(crate) async fn run(world: &World, deployment: &DeploymentId, plan: &PlanSummary) -> Result<Commit> {
    let input = CommitRepositoryInput {
        deployment_id: deployment.clone(),
        plan: plan.clone(),
    };
    CommitRepository {
        artifacts: world,
        host: world,
    }
    .run(input, OffsetDateTime::UNIX_EPOCH)
    .await
}

/// The step once more, as another deployment.
async fn redeploy(world: &World) -> Result<Commit> {
    let (plan, _) = rendered(world, &later_deployment()).await;
    run(world, &later_deployment(), &plan).await
}

/// The step for an edited pipeline, as a deployment of its own.
pub(crate) async fn edit(world: &World, number: u32, change: impl FnOnce(&mut Plan)) -> Result<Commit> {
    let id = DeploymentId::parse(format!("01k9v3xv0m000000000000000{number}")).unwrap();
    let (plan, _) = rendered_after(world, &id, |plan| {
        plan.revision = Revision(number);
        change(plan);
    })
    .await;
    settle(async || run(world, &id, &plan).await).await
}

/// A world with the repository as the first deployment leaves it.
async fn begun() -> World {
    let world = World::default();
    let (plan, _) = rendered(&world, &deployment()).await;
    run(&world, &deployment(), &plan).await.unwrap();
    world
}

/// Another stage behind the others.
fn with_a_stage(plan: &mut Plan) {
    let mut stage = plan.blueprint.stages[0].clone();
    stage.name = StageName::parse("staging").unwrap();
    plan.blueprint.stages.push(stage);
}

/// Without the stage prod.
fn without_prod(plan: &mut Plan) {
    plan.blueprint.stages.truncate(1);
}

/// A developer changes a file of a branch.
pub(crate) fn push(world: &World, branch: &str, path: &str, change: impl FnOnce(&str) -> String) {
    let mut state = world.state();
    let hosted = state.repositories.get_mut(NAME).unwrap();
    let mut files = hosted.files(branch).clone();
    files.insert(path.to_owned(), change(&files[path]));
    hosted.push(branch, "A developer's change", files, None);
}

pub(crate) fn hosted(world: &World) -> Hosted {
    world.state().repositories[NAME].clone()
}

#[tokio::test]
async fn creates_the_repository_and_commits_all_files_at_once() {
    let world = World::default();
    let (plan, _) = rendered(&world, &deployment()).await;
    let commit = run(&world, &deployment(), &plan).await.unwrap();
    assert_eq!((commit.commit_id.as_str(), commit.changed), ("commit-1", true));
    let hosted = hosted(&world);
    assert_eq!(hosted.tags[PIPELINE_TAG], "k3j9x0ab");
    assert_eq!(hosted.tags["cost-center"], "42");
    assert_eq!(hosted.commits.len(), 1);
    let blueprint = plan.plan(&&world).await.unwrap().blueprint;
    let rendered = rendering::repository(&blueprint).unwrap();
    let files = rendered
        .files()
        .iter()
        .map(|file| (file.path.clone(), file.content.clone()));
    assert_eq!(hosted.commits[0].files, files.collect());
}

#[tokio::test]
async fn any_call_may_fail_in_any_way() {
    let sound = World::default();
    let (plan, _) = rendered(&sound, &deployment()).await;
    let expected = run(&sound, &deployment(), &plan).await.unwrap();
    for at in 0..sound.calls.made().len() {
        for fault in Fault::ALL {
            let world = World::with_fault(at, fault);
            world.state().artifacts = sound.state().artifacts.clone();
            let commit = settle(async || run(&world, &deployment(), &plan).await)
                .await
                .unwrap();
            assert_eq!(commit, expected, "call {at}, {fault:?}");
            assert_eq!(hosted(&world), hosted(&sound), "call {at}, {fault:?}");
        }
    }
}

#[tokio::test]
async fn two_at_once_make_one_commit() {
    let world = World::default();
    let (plan, _) = rendered(&world, &deployment()).await;
    let deployment = deployment();
    let (one, other) = join(run(&world, &deployment, &plan), run(&world, &deployment, &plan)).await;
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(hosted(&world).commits.len(), 1);
}

#[tokio::test]
async fn a_redeployment_writes_nothing() {
    let world = World::default();
    let (plan, _) = rendered(&world, &deployment()).await;
    let first = run(&world, &deployment(), &plan).await.unwrap();
    let again = redeploy(&world).await.unwrap();
    assert_eq!(
        again,
        Commit {
            changed: false,
            ..first
        }
    );
    let made = world.calls.made();
    assert_eq!(
        made,
        [
            "GetObject",
            "GetObject",
            "GetBranch",
            "ListTagsForResource",
            "FindObject",
            "GetRepository",
            "FindObject"
        ]
    );
}

#[tokio::test]
async fn what_developers_committed_stays() {
    let world = World::default();
    let (plan, _) = rendered(&world, &deployment()).await;
    run(&world, &deployment(), &plan).await.unwrap();
    push(&world, "main", "app.py", |app| format!("{app}# Add a bucket.\n"));
    let commit = redeploy(&world).await.unwrap();
    assert_eq!((commit.commit_id.as_str(), commit.changed), ("commit-2", false));
}

#[tokio::test]
async fn a_repository_without_our_tag_is_left_alone() {
    for tags in [vec![], vec![(PIPELINE_TAG.to_owned(), "another0".to_owned())]] {
        for commits in 0..2 {
            let mut theirs = Hosted {
                tags: tags.iter().cloned().collect(),
                ..Hosted::default()
            };
            for _ in 0..commits {
                theirs.push("main", "Theirs", BTreeMap::new(), None);
            }
            let world = World::default();
            world.state().repositories.insert(NAME.to_owned(), theirs.clone());
            assert_eq!(redeploy(&world).await.unwrap_err().name(), "RepositoryNotOurs");
            assert_eq!(hosted(&world), theirs);
        }
    }
}

#[tokio::test]
async fn says_that_the_account_may_not_use_codecommit() {
    let world = World::default();
    world.state().codecommit_closed = true;
    assert_eq!(
        redeploy(&world).await.unwrap_err().name(),
        "RepositoryUnavailable"
    );
}

#[tokio::test]
async fn an_edit_is_one_commit_and_developers_changes_survive() {
    let world = begun().await;
    push(&world, "main", "app.py", |app| {
        app.replace("cdk.App()", "cdk.App()  # ours")
    });
    push(&world, "main", "ddk.json", |ddk| {
        ddk.replace("\"destroy\"", "\"retain\"")
    });
    let commit = edit(&world, 2, with_a_stage).await.unwrap();
    assert_eq!((commit.commit_id.as_str(), commit.changed), ("commit-4", true));
    let hosted = hosted(&world);
    let HostedCommit {
        message,
        parents,
        files,
    } = hosted.commit("commit-4");
    assert_eq!(parents, &["commit-3"]);
    assert!(message.contains("revision 2"), "{message}");
    assert!(files["app.py"].contains("# ours") && files["app.py"].contains("stage_id=\"staging\""));
    let ddk: serde_json::Value = serde_json::from_str(&files["ddk.json"]).unwrap();
    assert_eq!(ddk["environments"]["staging"]["account"], "222222222222");
    assert_eq!(
        ddk["environments"]["dev"]["resources"]["ddk-bucket"]["RemovalPolicy"],
        "retain"
    );
    // Nothing else is touched, and nothing is left to do.
    assert_eq!(files.len(), hosted.commit("commit-1").files.len());
    world.calls.forget();
    assert!(!edit(&world, 3, with_a_stage).await.unwrap().changed);
    assert!(
        !world
            .calls
            .made()
            .iter()
            .any(|call| call.starts_with("Create") || *call == "GetFile")
    );
}

#[tokio::test]
async fn any_call_of_an_edit_may_fail_in_any_way() {
    async fn scene(at: Option<(usize, Fault)>) -> (World, Result<Commit>) {
        let before = begun().await;
        push(&before, "main", "app.py", |app| format!("# ours\n{app}"));
        let id = later_deployment();
        let (plan, _) = rendered_after(&before, &id, |plan| {
            plan.revision = Revision(2);
            plan.blueprint.description = Description::parse("other").unwrap();
            plan.blueprint.tags = domain::tags::Tags::default();
            plan.blueprint.strategy = Strategy::CdkTrunk;
            with_a_stage(plan);
        })
        .await;
        let world = at.map_or_else(World::default, |(at, fault)| World::with_fault(at, fault));
        *world.state() = std::mem::take(&mut *before.state());
        let commit = settle(async || run(&world, &id, &plan).await).await;
        (world, commit)
    }
    let (sound, expected) = scene(None).await;
    let expected = expected.unwrap();
    assert_eq!(hosted(&sound).description, "other");
    assert_eq!(hosted(&sound).tags.len(), 1);
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

#[tokio::test]
async fn a_conflict_leaves_the_branch_alone_and_offers_a_pull_request() {
    let world = begun().await;
    push(&world, "main", "app.py", |app| {
        app.replace("stage_id=\"prod\"", "stage_id=\"live\"")
            .replace("cdk.App()", "cdk.App()  # ours")
    });
    let before = hosted(&world).branches["main"].clone();
    for _ in 0..2 {
        let Err(Error::RepositoryConflict(contradictions)) = edit(&world, 2, without_prod).await else {
            panic!()
        };
        let line = 1 + hosted(&world).files("main")["app.py"]
            .lines()
            .position(|line| line.contains("live"))
            .unwrap();
        assert_eq!(
            contradictions,
            [Contradiction {
                branch: "main".to_owned(),
                conflicts: format!("app.py (line {line})"),
                proposal: "dataall/r2".to_owned(),
                pull_request: "1".to_owned(),
            }]
        );
    }
    assert_eq!(hosted(&world).branches["main"], before);
    assert_eq!(hosted(&world).pull_requests.len(), 1);
    // The developers' other changes are in what is offered.
    let offered = hosted(&world).files("dataall/r2").clone();
    assert!(offered["app.py"].contains("# ours") && !offered["app.py"].contains("live"));
    assert!(!offered["ddk.json"].contains("prod"));

    // A developer settles it and merges; the next deployment goes through and leaves it as it was settled.
    let mut settled = offered;
    settled.insert(
        "app.py".to_owned(),
        settled["app.py"].replace("synth()", "synth()  # settled"),
    );
    let merged = {
        let mut state = world.state();
        let hosted = state.repositories.get_mut(NAME).unwrap();
        let proposal = hosted.branches["dataall/r2"].clone();
        hosted.push("main", "Merge", settled.clone(), Some(&proposal))
    };
    let commit = edit(&world, 3, without_prod).await.unwrap();
    assert_eq!((commit.commit_id, commit.changed), (merged, false));
    assert_eq!(*hosted(&world).files("main"), settled);
    // And the base of later merges is what was proposed.
    edit(&world, 4, |_| ()).await.unwrap();
    let files = hosted(&world).files("main").clone();
    assert!(files["app.py"].contains("# settled") && files["app.py"].contains("stage_id=\"prod\""));
}

#[tokio::test]
async fn a_file_that_developers_deleted_is_a_conflict_only_if_it_changes() {
    let world = begun().await;
    {
        let mut state = world.state();
        let hosted = state.repositories.get_mut(NAME).unwrap();
        let mut files = hosted.files("main").clone();
        files.remove("app.py");
        hosted.push("main", "Remove app.py", files, None);
    }
    assert!(!edit(&world, 2, |_| ()).await.unwrap().changed);
    let error = edit(&world, 3, with_a_stage).await.unwrap_err();
    assert!(error.to_string().contains("app.py (deleted)"), "{error}");
}

#[tokio::test]
async fn without_a_note_of_what_was_rendered_last_the_first_commit_counts() {
    let world = begun().await;
    edit(&world, 2, with_a_stage).await.unwrap();
    world
        .state()
        .artifacts
        .retain(|key, _| !key.starts_with("pipelines/"));
    push(&world, "main", "app.py", |app| {
        app.replace("cdk.App()", "cdk.App()  # ours")
    });
    assert!(!edit(&world, 3, with_a_stage).await.unwrap().changed);
    edit(&world, 4, without_prod).await.unwrap();
    let app = hosted(&world).files("main")["app.py"].clone();
    assert!(app.contains("# ours") && !app.contains("stage_id=\"prod\""));
}

#[tokio::test]
async fn a_deleted_branch_comes_back() {
    let world = begun().await;
    world.state().repositories.get_mut(NAME).unwrap().branches.clear();
    let commit = redeploy(&world).await.unwrap();
    assert_eq!((commit.commit_id.as_str(), commit.changed), ("commit-1", false));
    assert_eq!(hosted(&world).branches["main"], "commit-1");
}

#[tokio::test]
async fn tags_of_others_stay() {
    let world = begun().await;
    let theirs = ("their-own".to_owned(), "1".to_owned());
    world
        .state()
        .repositories
        .get_mut(NAME)
        .unwrap()
        .tags
        .extend([theirs.clone()]);
    edit(&world, 2, |plan| {
        plan.blueprint.tags = domain::tags::Tags::default();
    })
    .await
    .unwrap();
    let own = (PIPELINE_TAG.to_owned(), "k3j9x0ab".to_owned());
    assert_eq!(hosted(&world).tags, [theirs, own].into());
}

#[tokio::test]
async fn the_branches_of_gitflow_are_there_before_its_stacks() {
    let world = begun().await;
    // As the strategies are written, only the branches differ here.
    let as_gitflow = async |number| {
        let id = DeploymentId::parse(format!("01k9v3xv0m000000000000000{number}")).unwrap();
        let (summary, _) = rendered(&world, &id).await;
        let mut plan: serde_json::Value =
            serde_json::from_slice(&world.state().artifacts[&summary.artifacts_prefix.plan()]).unwrap();
        plan["blueprint"]["strategy"] = serde_json::json!("gitflow");
        let body = serde_json::to_vec(&plan).unwrap();
        world
            .state()
            .artifacts
            .insert(summary.artifacts_prefix.plan(), body);
        run(&world, &id, &summary).await.unwrap()
    };
    as_gitflow(2).await;
    assert_eq!(
        hosted(&world).branches,
        [
            ("dev".to_owned(), "commit-1".to_owned()),
            ("main".to_owned(), "commit-1".to_owned())
        ]
        .into()
    );
    push(&world, "dev", "app.py", |app| format!("{app}# dev\n"));
    world
        .state()
        .repositories
        .get_mut(NAME)
        .unwrap()
        .branches
        .remove("dev");
    as_gitflow(3).await;
    assert_eq!(hosted(&world).branches["dev"], "commit-1");
}
