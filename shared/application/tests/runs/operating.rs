//! Starting, stopping and retrying.

use application::{
    pipelines::live_stages::{StageState, Status},
    runs::{
        ActionStatus,
        retry::{RetriedStage, retry},
        start::{StartRun, StartedRun, start},
        stop::{StopRun, StoppedRun, stop},
    },
};
use domain::{
    Error, Result, delivery::RunStatus, permissions::Caller, pipeline::PipelineStatus, run::StopReason,
};

use crate::world::{World, action, caller, key, pipeline_id, platform, run, run_id, stage};

const PIPELINE: &str = "dataall-sales-k3j9x0ab";

async fn started(world: &World, by: &Caller, to: Option<&str>, token: Option<&str>) -> Result<StartedRun> {
    let wanted = StartRun { stage: to.map(stage) };
    let request = token.map(|token| key(by, token));
    start(
        world,
        world,
        &platform(),
        by,
        &pipeline_id(),
        wanted,
        request.as_ref(),
    )
    .await
}

async fn stopped(world: &World, by: &Caller, reason: &str) -> Result<StoppedRun> {
    let wanted = StopRun {
        reason: StopReason::parse(reason).unwrap(),
    };
    stop(
        world,
        world,
        &platform(),
        by,
        (&pipeline_id(), &run_id(1)),
        wanted,
        None,
    )
    .await
}

async fn retried(world: &World, by: &Caller, of: &str) -> Result<RetriedStage> {
    retry(world, world, &platform(), by, (&pipeline_id(), &stage(of)), None).await
}

fn alice() -> Caller {
    caller("alice", "research")
}

/// A stage of a CodePipeline that the run `number` has reached.
fn state(name: &str, status: Status, number: u32) -> StageState {
    StageState {
        name: name.to_owned(),
        status: Some(status),
        execution_id: Some(run_id(number).to_string()),
        inbound: Vec::new(),
        closed: None,
        actions: Vec::new(),
    }
}

#[tokio::test]
async fn runs_are_operated_by_the_pipeline_s_team_and_that_of_its_cicd_environment() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), vec![run(1, 0)]);
    world.state().runs.get_mut(PIPELINE).unwrap()[0].status = RunStatus::InProgress;
    world
        .state()
        .states
        .insert(PIPELINE.to_owned(), vec![state("Source", Status::Failed, 1)]);
    for team in ["research", "platform", "platform-admins"] {
        let user = caller("x", team);
        started(&world, &user, None, None).await.unwrap();
        stopped(&world, &user, "enough").await.unwrap();
        retried(&world, &user, "dev").await.unwrap();
    }
    assert_eq!(std::mem::take(&mut world.state().sent).len(), 9);
    for (team, name) in [
        ("ops", "Forbidden"),
        ("devs", "Forbidden"),
        ("guests", "NotFound"),
        ("marketing", "NotFound"),
    ] {
        let user = caller("x", team);
        for error in [
            started(&world, &user, None, None).await.unwrap_err(),
            stopped(&world, &user, "enough").await.unwrap_err(),
            retried(&world, &user, "dev").await.unwrap_err(),
        ] {
            assert_eq!(error.name(), name, "{team}: {error}");
        }
    }
    assert!(world.state().sent.is_empty());
}

#[tokio::test]
async fn in_gitflow_it_must_be_said_which_code_pipeline_starts() {
    let world = World::new("gitflow");
    world.state().runs.insert(format!("{PIPELINE}-prod"), Vec::new());
    for to in [None, Some("nowhere")] {
        assert!(
            matches!(
                started(&world, &alice(), to, None).await.unwrap_err(),
                Error::Invalid(_)
            ),
            "{to:?}"
        );
    }
    let run = started(&world, &alice(), Some("prod"), None).await.unwrap();
    assert_eq!(
        (run.code_pipeline, run.branch),
        (format!("{PIPELINE}-prod"), "main".to_owned())
    );
    // That of dev has not been made yet.
    let error = started(&world, &alice(), Some("dev"), None).await.unwrap_err();
    assert!(
        matches!(error, Error::Conflict(_)) && error.to_string().contains("deploy"),
        "{error}"
    );
}

#[tokio::test]
async fn the_same_key_starts_one_run_and_says_who_asked() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), Vec::new());
    let first = started(&world, &alice(), None, Some("k")).await.unwrap();
    assert_eq!(started(&world, &alice(), None, Some("k")).await.unwrap(), first);
    let sent = world.state().sent.clone();
    let [sent] = &sent[..] else { panic!("{sent:?}") };
    let (start, token) = sent.split_once(", token ").unwrap();
    assert_eq!(start, format!("start {PIPELINE} by dataall-alice"));
    let token = token.trim_start_matches("Some(\"").trim_end_matches("\")");
    assert!(
        token.len() <= 128 && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
        "{token}"
    );
    // A died one: the answer was not kept, and CodePipeline knows the token.
    world.records.state().kept.clear();
    started(&world, &alice(), None, Some("k")).await.unwrap();
    assert!(world.state().sent[1].ends_with(&format!("Some(\"{token}\")")));
}

#[tokio::test]
async fn a_pipeline_that_is_being_deleted_starts_nothing() {
    let world = World::new("trunk");
    world.state().pipeline.as_mut().unwrap().status = PipelineStatus::Deleting;
    assert!(matches!(
        started(&world, &alice(), None, None).await.unwrap_err(),
        Error::Conflict(_)
    ));
}

#[tokio::test]
async fn what_runs_is_not_cut_and_who_waits_is_not_waited_for() {
    use ActionStatus::{InProgress, Succeeded, WaitingForApproval};
    for (actions, abandon) in [
        (vec![Succeeded, InProgress], false),
        (vec![Succeeded, WaitingForApproval], true),
        (vec![InProgress, WaitingForApproval], false),
        (vec![Succeeded], false),
    ] {
        let world = World::new("trunk");
        let mut running = run(1, 0);
        running.status = RunStatus::InProgress;
        world.state().runs.insert(PIPELINE.to_owned(), vec![running]);
        let tries = actions
            .iter()
            .map(|status| action("Deploy-dev", "Deploy", *status, 1))
            .collect();
        world.state().actions.insert(run_id(1).to_string(), tries);
        stopped(&world, &alice(), "not now").await.unwrap();
        let expected = format!(
            "stop {PIPELINE} {}: not now (alice, via the platform), abandon {abandon}",
            run_id(1)
        );
        assert_eq!(world.state().sent, [expected], "{actions:?}");
    }
}

#[tokio::test]
async fn a_run_that_has_ended_is_not_stopped_and_one_that_is_being_stopped_is() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), vec![run(1, 0)]);
    assert!(matches!(
        stopped(&world, &alice(), "x").await.unwrap_err(),
        Error::Conflict(_)
    ));
    world.state().runs.get_mut(PIPELINE).unwrap()[0].status = RunStatus::Stopping;
    stopped(&world, &alice(), "x").await.unwrap();
    assert!(world.state().sent.is_empty());
}

#[tokio::test]
async fn a_reason_keeps_its_author_whatever_its_length() {
    let world = World::new("trunk");
    let mut running = run(1, 0);
    running.status = RunStatus::InProgress;
    world.state().runs.insert(PIPELINE.to_owned(), vec![running]);
    stopped(&world, &caller(&"ü".repeat(128), "research"), &"é".repeat(200))
        .await
        .unwrap();
    let sent = world.state().sent[0].clone();
    let reason = sent
        .split_once(": ")
        .unwrap()
        .1
        .trim_end_matches(", abandon false");
    assert_eq!(reason.chars().count(), 200);
    assert!(
        reason.contains('…') && reason.ends_with("ü, via the platform)"),
        "{reason}"
    );
}

#[tokio::test]
async fn what_failed_of_a_stage_is_tried_again_or_what_comes_before_all_stages() {
    use Status::{Failed, InProgress, Succeeded};
    for (states, of, expected) in [
        (
            [Succeeded, Failed, Succeeded, Succeeded],
            "dev",
            Some("Deploy-dev"),
        ),
        (
            [Succeeded, Succeeded, Failed, Succeeded],
            "prod",
            Some("Approve-prod"),
        ),
        (
            [Succeeded, Succeeded, Succeeded, Failed],
            "prod",
            Some("Deploy-prod"),
        ),
        ([Failed, Succeeded, Succeeded, Succeeded], "prod", Some("Source")),
        ([Failed, Failed, Succeeded, Succeeded], "dev", Some("Deploy-dev")),
        // Another stage's, which is retried by its own name.
        ([Succeeded, Failed, Succeeded, Succeeded], "prod", None),
        ([Succeeded, Succeeded, InProgress, Succeeded], "prod", None),
    ] {
        let world = World::new("trunk");
        let names = ["Source", "Deploy-dev", "Approve-prod", "Deploy-prod"];
        let found = names
            .into_iter()
            .zip(states)
            .map(|(name, status)| state(name, status, 7))
            .collect();
        world.state().states.insert(PIPELINE.to_owned(), found);
        match (retried(&world, &alice(), of).await, expected) {
            (Ok(retried), Some(name)) => {
                assert_eq!(
                    (retried.stage_name.as_str(), retried.run_id.as_str()),
                    (name, run_id(7).as_str())
                );
                assert_eq!(
                    world.state().sent,
                    [format!("retry {PIPELINE} {name} {}", run_id(7))]
                );
            }
            (Err(Error::Conflict(_)), None) => assert!(world.state().sent.is_empty()),
            (other, _) => panic!("{states:?} {of}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn cdk_trunk_and_gitflow_are_retried_where_they_failed() {
    for (strategy, code_pipeline, name) in [
        ("cdk-trunk", PIPELINE.to_owned(), "prod-Deploy"),
        ("cdk-trunk", PIPELINE.to_owned(), "UpdatePipeline"),
        ("gitflow", format!("{PIPELINE}-prod"), "Deploy-prod"),
    ] {
        let world = World::new(strategy);
        world
            .state()
            .states
            .insert(code_pipeline.clone(), vec![state(name, Status::Failed, 7)]);
        assert_eq!(retried(&world, &alice(), "prod").await.unwrap().stage_name, name);
        assert!(world.state().sent[0].starts_with(&format!("retry {code_pipeline} {name}")));
    }
}

#[tokio::test]
async fn what_cannot_be_tried_again_is_a_conflict() {
    let world = World::new("trunk");
    let error = retried(&world, &alice(), "dev").await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "no CodePipeline: {error}");
    assert!(matches!(
        retried(&world, &alice(), "nowhere").await.unwrap_err(),
        Error::NotFound { .. }
    ));
    world
        .state()
        .states
        .insert(PIPELINE.to_owned(), vec![state("Deploy-dev", Status::Failed, 7)]);
    world.state().not_retryable = true;
    assert!(matches!(
        retried(&world, &alice(), "dev").await.unwrap_err(),
        Error::Conflict(_)
    ));
}

#[tokio::test]
async fn a_retry_that_died_after_it_was_taken_is_answered_when_it_comes_again() {
    let world = World::new("trunk");
    let mut failed = state("Deploy-dev", Status::Failed, 7);
    world
        .state()
        .states
        .insert(PIPELINE.to_owned(), vec![failed.clone()]);
    let (olga, request) = (alice(), key(&alice(), "k"));
    let retried = async || {
        let target = (&pipeline_id(), &stage("dev"));
        retry(&world, &world, &platform(), &olga, target, Some(&request)).await
    };
    let first = retried().await.unwrap();
    // What is kept for the key is lost, but not that it was begun.
    let operation = request.operation.clone();
    world
        .records
        .state()
        .kept
        .retain(|(_, of, _), _| *of != operation);
    failed.status = Some(Status::InProgress);
    world.state().states.insert(PIPELINE.to_owned(), vec![failed]);
    assert_eq!(retried().await.unwrap(), first);
    assert_eq!(world.state().sent.len(), 1);
}

#[tokio::test]
async fn nothing_is_tried_again_before_it_is_kept_that_it_was_begun() {
    let world = World::new("trunk");
    let failed = vec![state("Deploy-dev", Status::Failed, 7)];
    world.state().states.insert(PIPELINE.to_owned(), failed);
    let (alice, request) = (alice(), key(&alice(), "k"));
    let retried = async || {
        let target = (&pipeline_id(), &stage("dev"));
        retry(&world, &world, &platform(), &alice, target, Some(&request)).await
    };
    world.records.state().lose_next_answer = true;
    assert!(retried().await.unwrap_err().retryable());
    assert_eq!(world.state().sent.len(), 0);
    retried().await.unwrap();
    assert_eq!(world.state().sent.len(), 1);
}

#[tokio::test]
async fn what_is_tried_again_already_is_what_was_asked_for() {
    let world = World::new("trunk");
    world
        .state()
        .states
        .insert(PIPELINE.to_owned(), vec![state("Deploy-dev", Status::Failed, 7)]);
    // The first try of the call was taken, and its answer lost.
    world.state().taken_before = true;
    assert_eq!(
        retried(&world, &alice(), "dev").await.unwrap().run_id,
        run_id(7).to_string()
    );
}
