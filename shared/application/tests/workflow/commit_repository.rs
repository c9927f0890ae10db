use application::workflow::{
    commit_repository::{CommitRepository, Input},
    plan::PlanSummary,
};
use domain::{
    Result,
    deployment::{Commit, DeploymentId},
    names::PIPELINE_TAG,
};
use futures_util::future::join;

use crate::{
    fixtures::{deployment, later_deployment, rendered},
    world::{Fault, Hosted, World, settle},
};

const NAME: &str = "dataall-sales-k3j9x0ab";

async fn run(world: &World, deployment: &DeploymentId, plan: &PlanSummary) -> Result<Commit> {
    let input = Input {
        deployment_id: deployment.clone(),
        plan: plan.clone(),
    };
    CommitRepository {
        artifacts: world,
        host: world,
    }
    .run(input)
    .await
}

/// The step once more, as another deployment.
async fn redeploy(world: &World) -> Result<Commit> {
    let (plan, _) = rendered(world, &later_deployment()).await;
    run(world, &later_deployment(), &plan).await
}

fn hosted(world: &World) -> Hosted {
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
    assert_eq!(
        hosted.commits[0].1,
        Some(rendering::repository(&blueprint).unwrap())
    );
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
            "GetCommit"
        ]
    );
}

#[tokio::test]
async fn what_developers_committed_stays() {
    let world = World::default();
    let (plan, _) = rendered(&world, &deployment()).await;
    run(&world, &deployment(), &plan).await.unwrap();
    world
        .state()
        .repositories
        .get_mut(NAME)
        .unwrap()
        .commits
        .push(("Add a bucket".to_owned(), None));
    let commit = run(&world, &deployment(), &plan).await.unwrap();
    assert_eq!((commit.commit_id.as_str(), commit.changed), ("commit-2", false));
}

#[tokio::test]
async fn a_repository_without_our_tag_is_left_alone() {
    for tags in [vec![], vec![(PIPELINE_TAG.to_owned(), "another0".to_owned())]] {
        for commits in [vec![], vec![("Theirs".to_owned(), None)]] {
            let theirs = Hosted {
                tags: tags.iter().cloned().collect(),
                commits,
            };
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
