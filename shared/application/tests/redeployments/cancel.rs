//! Cancelling.

use application::redeployments::{
    cancel::cancel,
    get::{ExecutionState, Followed, RedeploymentStatus},
};
use domain::{Error, Result, ids::RedeploymentId, permissions::Caller, redeployment::Target};
use time::Duration;

use crate::{
    fault::Fault,
    support::caller,
    world::{NOW, World, counts},
};

fn admin() -> Caller {
    caller("admin", &["platform-admins"])
}

async fn cancelled(world: &World, id: &RedeploymentId) -> Result<Followed> {
    cancel(world, world, &admin(), id, NOW).await
}

#[tokio::test]
async fn the_flag_comes_before_the_stop() {
    let world = World::default();
    let id = world.running(Target::All, |execution| {
        execution.pipelines = Some(counts(5, 3, 1, 0));
    });
    let followed = cancelled(&world, &id).await.unwrap();
    assert_eq!(
        world.calls(),
        ["read", "describe", "flag", "stop", "read", "describe"]
    );
    let progress = &followed.progress;
    assert_eq!(progress.status, RedeploymentStatus::Cancelled);
    assert_eq!(
        (
            progress.done,
            progress.failed,
            progress.cancelled,
            progress.remaining
        ),
        (3, 1, 5, 0)
    );
    let cancellation = followed.redeployment.cancellation.unwrap();
    assert_eq!((cancellation.by.as_str(), cancellation.at), ("admin", NOW));
}

#[tokio::test]
async fn any_call_may_fail_in_any_way_and_cancelling_again_brings_it_to_an_end() {
    for at in 0..6 {
        for fault in Fault::ALL {
            let world = World::default();
            let id = world.running(Target::All, |_| ());
            world.fail((0..at).map(|_| None).chain([Some(fault)]));
            let error = cancelled(&world, &id).await.unwrap_err();
            assert!(error.retryable(), "{error:?}");
            let followed = cancelled(&world, &id).await.unwrap();
            assert_eq!(
                followed.progress.status,
                RedeploymentStatus::Cancelled,
                "{at} {fault:?}"
            );
            assert!(followed.redeployment.cancellation.is_some(), "{at} {fault:?}");
        }
    }
}

#[tokio::test]
async fn whoever_cancels_first_has_cancelled_it() {
    let world = World::default();
    let id = world.running(Target::All, |_| ());
    let first = cancelled(&world, &id).await.unwrap();
    world.calls();
    let other = caller("other", &["platform-admins"]);
    let again = cancel(&world, &world, &other, &id, NOW + Duration::seconds(1))
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(world.calls(), ["read", "describe"], "there is nothing left to do");
}

#[tokio::test]
async fn what_has_ended_stays_as_it_ended() {
    let world = World::default();
    let id = world.running(Target::All, |execution| {
        execution.state = ExecutionState::Succeeded;
        execution.ended_at = Some(NOW);
        execution.pipelines = Some(counts(0, 3, 0, 0));
    });
    let followed = cancelled(&world, &id).await.unwrap();
    assert_eq!(followed.progress.status, RedeploymentStatus::Succeeded);
    assert_eq!(world.record_of(&id).cancellation, None);
}

#[tokio::test]
async fn what_has_not_begun_is_flagged_so_that_it_does_nothing_when_it_begins() {
    let world = World::default();
    let id = world.recorded(Target::All);
    let followed = cancelled(&world, &id).await.unwrap();
    assert_eq!(followed.progress.status, RedeploymentStatus::Cancelled);
    assert!(world.record_of(&id).cancellation.is_some());
}

#[tokio::test]
async fn who_may_not_ask_for_it_may_not_cancel_it() {
    let world = World::default();
    let alice = caller("alice", &["research"]);
    let id = world.running(Target::All, |_| ());
    let hidden = cancel(&world, &world, &alice, &id, NOW).await.unwrap_err();
    assert!(matches!(hidden, Error::NotFound { .. }));
    assert_eq!(world.calls(), ["read"]);
    let (_, pipeline) = world.pipeline(&alice).await;
    let id = world.running(Target::Pipeline(pipeline.id), |_| ());
    let followed = cancel(&world, &world, &alice, &id, NOW).await.unwrap();
    assert_eq!(followed.redeployment.cancellation.unwrap().by, alice.username);
}
