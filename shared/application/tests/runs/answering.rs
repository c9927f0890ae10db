//! Answering approvals.

use application::runs::{
    ActionStatus,
    approve::{AnswerApproval, AskingStage, Question, answer},
};
use domain::{
    Error, Result,
    approval::{AnswerStatus, Approval, Comment, Contribution, Decision},
    environment::ApprovalRule,
    permissions::Caller,
};
use time::{Duration, OffsetDateTime};

use crate::world::{NOW, World, action, caller, denied, key, pipeline_id, platform, run, run_id, stage};

const PIPELINE: &str = "dataall-sales-k3j9x0ab";

/// A pipeline whose run `number` waits before prod since it began, so many minutes ago.
fn waiting(number: u32) -> World {
    let world = World::new("trunk");
    world
        .state()
        .runs
        .insert(PIPELINE.to_owned(), vec![run(number, 10)]);
    let source = action("Source", "Source", ActionStatus::Succeeded, 10);
    world
        .state()
        .actions
        .insert(run_id(number).to_string(), vec![source]);
    ask(&world, number, "t-1");
    world
}

fn ask(world: &World, number: u32, token: &str) {
    let part = |name: &str, question: Option<Question>| AskingStage {
        name: name.to_owned(),
        run_id: Some(run_id(number)),
        question,
    };
    let question = Question {
        action: "Approve".to_owned(),
        token: token.to_owned(),
    };
    let stages = vec![
        part("Source", None),
        part("Deploy-dev", None),
        part("Approve-prod", Some(question)),
        part("Deploy-prod", None),
    ];
    world.state().asking.insert(PIPELINE.to_owned(), stages);
}

fn ops(name: &str) -> Caller {
    caller(name, "ops")
}

async fn at(world: &World, by: &Caller, decision: Decision, now: OffsetDateTime) -> Result<Approval> {
    let wanted = AnswerApproval {
        decision,
        comment: Comment::parse("looks good").unwrap(),
        run_id: None,
    };
    answer(
        world,
        world,
        &platform(),
        by,
        (&pipeline_id(), &stage("prod")),
        wanted,
        (None, now),
    )
    .await
}

async fn approve(world: &World, by: &Caller) -> Result<Approval> {
    at(world, by, Decision::Approved, NOW).await
}

async fn reject(world: &World, by: &Caller) -> Result<Approval> {
    at(world, by, Decision::Rejected, NOW).await
}

fn recorded(world: &World, number: u32) -> Option<Approval> {
    let key = (run_id(number).to_string(), "prod".to_owned());
    world.state().approvals.get(&key).cloned()
}

#[tokio::test]
async fn an_answer_is_recorded_and_given() {
    let world = waiting(1);
    let answer = approve(&world, &ops("olga")).await.unwrap();
    assert_eq!(
        (answer.decision, answer.status),
        (Decision::Approved, AnswerStatus::Given)
    );
    assert_eq!(
        (answer.by.as_str(), answer.comment.as_str(), answer.at),
        ("olga", "looks good", NOW)
    );
    assert_eq!(
        (answer.run_id.as_str(), answer.commit_id.as_deref()),
        (run_id(1).as_str(), Some("c1"))
    );
    assert_eq!(answer.run_started_at, Some(NOW - Duration::minutes(10)));
    assert_eq!(recorded(&world, 1).unwrap(), answer);
    assert_eq!(world.state().last_approved["prod"], answer);
    assert_eq!(
        world.state().sent,
        [format!(
            "approved {PIPELINE} Approve-prod Approve t-1: looks good (olga, via the platform)"
        )]
    );
}

#[tokio::test]
async fn the_stage_s_own_team_answers_and_nobody_else() {
    for (team, name) in [
        ("ops", ""),
        ("platform-admins", ""),
        ("research", "Forbidden"),
        ("platform", "Forbidden"),
        ("devs", "Forbidden"),
        ("guests", "NotFound"),
        ("marketing", "NotFound"),
    ] {
        let world = waiting(1);
        let answered = reject(&world, &caller("x", team)).await;
        assert_eq!(answered.as_ref().map_or_else(Error::name, |_| ""), name, "{team}");
        assert_eq!(world.state().sent.len(), usize::from(name.is_empty()), "{team}");
        assert_eq!(recorded(&world, 1).is_some(), name.is_empty(), "{team}");
    }
}

#[tokio::test]
async fn who_comes_second_learns_who_was_first() {
    let world = waiting(1);
    approve(&world, &ops("olga")).await.unwrap();
    for second in [
        reject(&world, &ops("otto")).await,
        approve(&world, &ops("olga")).await,
    ] {
        let Err(Error::Conflict(said)) = second else {
            panic!("{second:?}")
        };
        assert!(
            said.contains("olga has approved") && said.contains("2026-11-24T12:00:00Z"),
            "{said}"
        );
    }
    assert_eq!(world.state().sent.len(), 1);
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer() {
    let world = waiting(1);
    let olga = ops("olga");
    let once = async || {
        let wanted = AnswerApproval {
            decision: Decision::Approved,
            comment: Comment::default(),
            run_id: None,
        };
        let request = key(&olga, "k");
        let target = (&pipeline_id(), &stage("prod"));
        answer(
            &world,
            &world,
            &platform(),
            &olga,
            target,
            wanted,
            (Some(&request), NOW),
        )
        .await
    };
    let first = once().await.unwrap();
    assert_eq!(once().await.unwrap(), first);
    // Also if what is kept for the key was lost.
    world.records.state().kept.clear();
    for part in world.state().asking.get_mut(PIPELINE).unwrap() {
        part.question = None;
    }
    assert_eq!(once().await.unwrap(), first);
    assert_eq!(world.state().sent.len(), 1);
}

#[tokio::test]
async fn nothing_waits_where_nothing_was_asked() {
    let world = waiting(1);
    for asking in world.state().asking.get_mut(PIPELINE).unwrap() {
        asking.question = None;
    }
    assert!(matches!(
        approve(&world, &ops("olga")).await.unwrap_err(),
        Error::Conflict(_)
    ));
    world.state().asking.clear();
    assert!(matches!(
        approve(&world, &ops("olga")).await.unwrap_err(),
        Error::Conflict(_)
    ));
    assert!(world.state().sent.is_empty());
}

#[tokio::test]
async fn a_run_that_was_not_meant_is_left_alone() {
    let world = waiting(2);
    let answered = async |number| {
        let wanted = AnswerApproval {
            decision: Decision::Approved,
            comment: Comment::default(),
            run_id: Some(run_id(number)),
        };
        let target = (&pipeline_id(), &stage("prod"));
        answer(
            &world,
            &world,
            &platform(),
            &ops("olga"),
            target,
            wanted,
            (None, NOW),
        )
        .await
    };
    let error = answered(1).await.unwrap_err();
    assert!(error.to_string().contains(run_id(2).as_str()), "{error}");
    assert!(world.state().sent.is_empty() && recorded(&world, 1).is_none());
    answered(2).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_nobody_knows_to_be_given_is_found_or_replaced() {
    let lost = || Error::ServiceUnavailable {
        operation: "codepipeline:PutApprovalResult",
        source: "timed out".into(),
    };
    // It arrived: CodePipeline does not wait any more.
    let world = waiting(1);
    world.state().next_answer = Some(Err(lost()));
    approve(&world, &ops("olga")).await.unwrap_err();
    assert_eq!(recorded(&world, 1).unwrap().status, AnswerStatus::Pending);
    world.state().asking.get_mut(PIPELINE).unwrap()[2].question = None;
    assert!(matches!(
        reject(&world, &ops("otto")).await.unwrap_err(),
        Error::Conflict(_)
    ));
    let found = approve(&world, &ops("olga")).await.unwrap();
    assert_eq!((found.status, found.attempt), (AnswerStatus::Given, 1));
    assert_eq!(world.state().last_approved["prod"], found);

    // It did not: CodePipeline still waits. Only when it cannot be on its way any more another one may answer.
    let world = waiting(1);
    world.state().next_answer = Some(Err(lost()));
    approve(&world, &ops("olga")).await.unwrap_err();
    let soon = at(
        &world,
        &ops("otto"),
        Decision::Rejected,
        NOW + Duration::seconds(59),
    )
    .await;
    assert!(matches!(soon.unwrap_err(), Error::Conflict(_)));
    let later = at(
        &world,
        &ops("otto"),
        Decision::Rejected,
        NOW + Duration::seconds(60),
    )
    .await
    .unwrap();
    assert_eq!(
        (later.by.as_str(), later.attempt, later.status),
        ("otto", 2, AnswerStatus::Given)
    );
    assert_eq!(
        (later.earlier[0].by.as_str(), later.earlier[0].status),
        ("olga", AnswerStatus::Pending)
    );
    assert!(world.state().last_approved.is_empty());
}

#[tokio::test]
async fn the_same_answer_again_is_given_once_whatever_codepipeline_knew() {
    let world = waiting(1);
    world.state().next_answer = Some(Err(Error::ServiceUnavailable {
        operation: "codepipeline:PutApprovalResult",
        source: "timed out".into(),
    }));
    approve(&world, &ops("olga")).await.unwrap_err();
    // Its state is older than the answer that it took.
    world.state().next_answer = Some(Ok(false));
    assert_eq!(
        approve(&world, &ops("olga")).await.unwrap().status,
        AnswerStatus::Given
    );
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_recorded_as_refused() {
    for (taken, name) in [
        (Ok(false), "Conflict"),
        (Err(denied("codepipeline:PutApprovalResult")), "AccessDenied"),
    ] {
        let world = waiting(1);
        world.state().next_answer = Some(taken);
        let error = approve(&world, &ops("olga")).await.unwrap_err();
        assert_eq!(error.name(), name);
        assert_eq!(
            error
                .to_string()
                .contains("finds the command in GET /environments/"),
            name == "AccessDenied"
        );
        assert_eq!(recorded(&world, 1).unwrap().status, AnswerStatus::Refused);
        assert!(world.state().last_approved.is_empty());
        // The next one need not wait.
        reject(&world, &ops("otto")).await.unwrap();
    }
}

#[tokio::test]
async fn a_rejected_run_that_is_retried_asks_anew() {
    let world = waiting(1);
    reject(&world, &ops("olga")).await.unwrap();
    ask(&world, 1, "t-2");
    let answer = approve(&world, &ops("olga")).await.unwrap();
    assert_eq!((answer.attempt, answer.earlier.len()), (2, 1));
    assert_eq!(answer.earlier[0].decision, Decision::Rejected);
    assert!(world.state().sent[1].contains("t-2"));
}

/// Olga with a hand in the pipeline, and a last approved run that began an hour ago.
fn four_eyes(hand: Option<Contribution>, approved: bool) -> World {
    let world = waiting(1);
    let mut state = world.state();
    state.environments[2].approval = ApprovalRule::FourEyes;
    if let Some(hand) = hand {
        state.contributions.insert("olga".to_owned(), hand);
    }
    drop(state);
    if approved {
        let last = Approval {
            run_started_at: Some(NOW - Duration::hours(1)),
            at: NOW - Duration::minutes(30),
            ..template()
        };
        world.state().last_approved.insert("prod".to_owned(), last);
    }
    world
}

fn template() -> Approval {
    serde_json::from_value(serde_json::json!({
        "pipelineId": "k3j9x0ab", "stage": "prod", "codePipeline": PIPELINE, "stageName": "Approve-prod",
        "actionName": "Approve", "runId": run_id(9), "decision": "APPROVED", "comment": "", "by": "otto",
        "at": "2026-11-24T11:00:00Z", "status": "GIVEN", "attempt": 1,
    }))
    .unwrap()
}

#[tokio::test]
async fn four_eyes_approve_what_the_last_approved_run_did_not_hold() {
    let hand = |changed: Option<i64>, credentials: Option<i64>| {
        let ago = |minutes: i64| NOW - Duration::minutes(minutes);
        Some(Contribution {
            username: "olga".parse().unwrap(),
            changed_at: changed.map(ago),
            credentials_until: credentials.map(ago),
        })
    };
    for (contribution, approved, allowed) in [
        (None, false, true),
        (hand(Some(5), None), false, false),
        (hand(Some(5), None), true, false),
        (hand(Some(90), None), true, true),
        // Before it was approved, but after it began: it is not in it.
        (hand(Some(45), None), true, false),
        // Handed out before, good for a push after.
        (hand(Some(90), Some(50)), true, false),
        (hand(None, Some(70)), true, true),
        (hand(None, Some(-30)), false, false),
    ] {
        let world = four_eyes(contribution.clone(), approved);
        for user in [ops("olga"), caller("olga", "platform-admins")] {
            match approve(&world, &user).await {
                Ok(_) => assert!(allowed, "{contribution:?}"),
                Err(Error::Forbidden(said)) => assert!(!allowed && said.contains("somebody else"), "{said}"),
                // The first of the two has answered.
                Err(Error::Conflict(_)) => assert!(allowed),
                Err(other) => panic!("{other}"),
            }
        }
        let world = four_eyes(contribution, approved);
        reject(&world, &ops("olga")).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_made_a_pipeline_that_is_older_than_the_records_had_a_hand_in_it() {
    let world = four_eyes(None, false);
    assert!(matches!(
        approve(&world, &ops("alice")).await.unwrap_err(),
        Error::Forbidden(_)
    ));
    world.state().pipeline.as_mut().unwrap().updated_by = Some("bob".parse().unwrap());
    assert!(matches!(
        approve(&world, &ops("bob")).await.unwrap_err(),
        Error::Forbidden(_)
    ));
    approve(&world, &ops("olga")).await.unwrap();
}
