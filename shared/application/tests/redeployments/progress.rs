//! How far a redeployment is, and who may know.

use application::redeployments::get::{Execution, ExecutionState, Progress, RedeploymentStatus, get};
use domain::{
    Error,
    deployment::Failure,
    ids::RedeploymentId,
    permissions::Caller,
    redeployment::{Cancellation, Target},
    strategy::Strategy as Delivery,
    team::Username,
};
use proptest::prelude::*;
use time::Duration;

use crate::{
    support::caller,
    world::{NOW, World, counts},
};

fn fault() -> ExecutionState {
    ExecutionState::Failed(Failure {
        error: "Internal".to_owned(),
        cause: "the platform failed".to_owned(),
    })
}

/// How far a redeployment is whose execution is as `change` makes it.
fn progress(cancelled: bool, change: impl FnOnce(&mut Execution)) -> Progress {
    let world = World::default();
    let id = world.running(Target::All, change);
    let mut redeployment = world.record_of(&id);
    redeployment.cancellation = cancelled.then(|| Cancellation {
        by: Username::parse("alice").unwrap(),
        at: NOW,
    });
    let executions = world.executions.lock().unwrap();
    Progress::of(&redeployment, Some(&executions[&id].1), NOW)
}

#[test]
fn a_redeployment_ends_well_only_if_every_pipeline_did() {
    use ExecutionState::{Running, Stopped, Succeeded};
    let cases = [
        // The state, the counts, whether the flag is set, and what that means.
        (Running, None, false, RedeploymentStatus::Running),
        (
            Running,
            Some(counts(3, 2, 1, 0)),
            false,
            RedeploymentStatus::Running,
        ),
        (
            Running,
            Some(counts(3, 2, 1, 0)),
            true,
            RedeploymentStatus::Running,
        ),
        (Succeeded, None, false, RedeploymentStatus::Succeeded),
        (Succeeded, None, true, RedeploymentStatus::Cancelled),
        (
            Succeeded,
            Some(counts(0, 3, 0, 0)),
            false,
            RedeploymentStatus::Succeeded,
        ),
        // It was quicker than whoever cancelled it.
        (
            Succeeded,
            Some(counts(0, 3, 0, 0)),
            true,
            RedeploymentStatus::Succeeded,
        ),
        (
            Succeeded,
            Some(counts(0, 2, 1, 0)),
            false,
            RedeploymentStatus::Failed,
        ),
        (
            Succeeded,
            Some(counts(0, 2, 0, 1)),
            true,
            RedeploymentStatus::Cancelled,
        ),
        (Stopped, None, true, RedeploymentStatus::Cancelled),
        (
            Stopped,
            Some(counts(1, 1, 1, 1)),
            true,
            RedeploymentStatus::Cancelled,
        ),
        (fault(), None, false, RedeploymentStatus::Failed),
        (
            fault(),
            Some(counts(1, 1, 0, 0)),
            false,
            RedeploymentStatus::Failed,
        ),
    ];
    for (state, pipelines, cancelled, status) in cases {
        let progress = progress(cancelled, |execution| {
            execution.state = state.clone();
            execution.pipelines = pipelines;
        });
        assert_eq!(progress.status, status, "{state:?} {pipelines:?} {cancelled}");
        assert_eq!(
            progress.failure.is_some(),
            status == RedeploymentStatus::Failed,
            "a failure says why: {state:?} {pipelines:?}"
        );
    }
}

#[test]
fn the_total_is_unknown_while_pipelines_are_selected() {
    assert_eq!(progress(false, |_| ()).total, None);
    let none = progress(false, |execution| execution.state = ExecutionState::Succeeded);
    assert_eq!((none.total, none.done), (Some(0), 0));
}

#[test]
fn a_record_without_an_execution_is_waited_for_but_not_forever() {
    let world = World::default();
    let mut redeployment = world.record_of(&world.recorded(Target::All));
    let seen = |redeployment: &_, later| Progress::of(redeployment, None, NOW + later);
    assert_eq!(
        seen(&redeployment, Duration::seconds(1)).status,
        RedeploymentStatus::Running
    );
    let forgotten = seen(&redeployment, Duration::hours(1));
    assert_eq!(forgotten.status, RedeploymentStatus::Failed);
    assert_eq!(forgotten.failure.unwrap().error, "WorkflowNotStarted");
    redeployment.cancellation = Some(Cancellation {
        by: Username::parse("alice").unwrap(),
        at: NOW,
    });
    let cancelled = seen(&redeployment, Duration::hours(1));
    assert_eq!(cancelled.status, RedeploymentStatus::Cancelled);
}

proptest! {
    #[test]
    fn every_pipeline_is_counted_once(
        open in 0_u64..9, succeeded in 0_u64..9, failed in 0_u64..9, aborted in 0_u64..9,
        state in prop::sample::select(vec![
            ExecutionState::Running, ExecutionState::Succeeded, ExecutionState::Stopped, fault(),
        ]),
        cancelled in any::<bool>(),
    ) {
        let runs = state == ExecutionState::Running;
        let pipelines = counts(open, succeeded, failed, aborted);
        let progress = progress(cancelled, |execution| {
            execution.state = state;
            execution.pipelines = Some(pipelines);
        });
        let counted = progress.done + progress.failed + progress.cancelled + progress.remaining;
        prop_assert_eq!(progress.total, Some(counted));
        prop_assert_eq!((progress.done, progress.failed), (succeeded, failed));
        let left = if runs { (aborted, open) } else { (open + aborted, 0) };
        prop_assert_eq!((progress.cancelled, progress.remaining), left);
    }
}

async fn sees(world: &World, caller: &Caller, id: &RedeploymentId) -> bool {
    match get(world, world, caller, id, NOW).await {
        Ok(followed) => followed.redeployment.id == *id,
        Err(Error::NotFound {
            what: "redeployment", ..
        }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn who_could_ask_for_it_sees_it() {
    let world = World::default();
    let alice = caller("alice", &["research"]);
    let carol = caller("carol", &["research"]);
    let bob = caller("bob", &["marketing"]);
    let admin = caller("admin", &["platform-admins"]);
    let (environment, pipeline) = world.pipeline(&alice).await;
    let teams = [true, true, false, true];
    let admins = [false, false, false, true];
    for (target, seen) in [
        (Target::Pipeline(pipeline.id), teams),
        // Bob's team may use the environment, not change it.
        (Target::Environment(environment.id), teams),
        (Target::Strategy(Delivery::Trunk), admins),
        (Target::All, admins),
    ] {
        let id = world.recorded(target.clone());
        for (caller, seen) in [&alice, &carol, &bob, &admin].into_iter().zip(seen) {
            assert_eq!(
                sees(&world, caller, &id).await,
                seen,
                "{} {target:?}",
                caller.username
            );
        }
    }
}

#[tokio::test]
async fn what_names_something_that_is_gone_is_for_administrators() {
    let world = World::default();
    let alice = caller("alice", &["research"]);
    let admin = caller("admin", &["platform-admins"]);
    let (environment, pipeline) = world.pipeline(&alice).await;
    world.others.state().pipelines.clear();
    world.others.state().environments.clear();
    for target in [Target::Pipeline(pipeline.id), Target::Environment(environment.id)] {
        let id = world.recorded(target);
        assert!(!sees(&world, &alice, &id).await);
        assert!(sees(&world, &admin, &id).await);
    }
}

#[tokio::test]
async fn there_is_none_that_was_not_asked_for() {
    let world = World::default();
    let id = RedeploymentId::parse("00000000-0000-0000-0000-000000000000").unwrap();
    assert!(!sees(&world, &caller("admin", &["platform-admins"]), &id).await);
}
