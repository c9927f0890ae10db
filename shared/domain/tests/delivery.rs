//! What is kept of a pipeline's runs does not depend on the order of events.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeMap;

use domain::{
    delivery::{ApprovalState, ApprovalStatus, Delivery, Run, RunState, RunStatus},
    ids::{RunId, StageName},
    pipeline::Pipeline,
    team::TeamName,
};
use proptest::prelude::*;
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

const START: OffsetDateTime = datetime!(2026-11-22 10:00 UTC);

/// What an event tells: of which run, and what.
#[derive(Clone, Debug)]
enum Told {
    Run(usize, RunState),
    Approval(usize, &'static str, ApprovalState),
}

fn at(seconds: i64) -> OffsetDateTime {
    START + Duration::seconds(seconds)
}

fn id(run: usize) -> RunId {
    RunId::parse(format!("0000000{run}-0000-4000-8000-000000000000")).unwrap()
}

fn approval(attempt: u32, seconds: i64, status: ApprovalStatus, stage: &str) -> ApprovalState {
    ApprovalState {
        attempt,
        at: at(seconds),
        status,
        stage: StageName::parse(stage).unwrap(),
        team: TeamName::parse("operations").unwrap(),
    }
}

fn state(attempt: u32, seconds: i64, status: RunStatus) -> RunState {
    RunState {
        attempt,
        at: at(seconds),
        status,
    }
}

/// A record as the platform keeps it: a row for each run, and one for the pipeline.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept {
    runs: BTreeMap<RunId, Run>,
    delivery: Delivery,
}

impl Kept {
    fn after<'t>(told: impl IntoIterator<Item = &'t Told>) -> Self {
        let mut kept = Self::default();
        for told in told {
            kept.take_in(told);
        }
        kept
    }

    fn take_in(&mut self, told: &Told) {
        let (Told::Run(number, _) | Told::Approval(number, ..)) = told;
        let new = || Run::new(id(*number), "p".to_owned(), None);
        let run = self.runs.entry(id(*number)).or_insert_with(new);
        match told {
            // Runs begin one after the other.
            Told::Run(number, state) => run.went(*state, at(i64::try_from(*number).unwrap())),
            Told::Approval(_, action, state) => run.approval_went(action, state.clone()),
        }
        self.delivery.take_in(run);
    }

    fn waiting(&self) -> Vec<(&str, OffsetDateTime)> {
        let waiting = self.delivery.waiting.iter();
        waiting
            .map(|waiting| (waiting.stage.as_str(), waiting.since))
            .collect()
    }
}

fn any_status() -> impl Strategy<Value = RunStatus> {
    prop::sample::select(vec![
        RunStatus::InProgress,
        RunStatus::Stopping,
        RunStatus::Stopped,
        RunStatus::Superseded,
        RunStatus::Cancelled,
        RunStatus::Failed,
        RunStatus::Succeeded,
    ])
}

fn any_told() -> impl Strategy<Value = Told> {
    let told_of_run = (0..3_usize, 1..3_u32, 0..9_i64, any_status())
        .prop_map(|(run, attempt, seconds, status)| Told::Run(run, state(attempt, seconds, status)));
    let statuses = prop::sample::select(vec![
        ApprovalStatus::Waiting,
        ApprovalStatus::Abandoned,
        ApprovalStatus::Rejected,
        ApprovalStatus::Approved,
    ]);
    let actions = prop::sample::select(vec![
        ("Approve-dev/Approve", "dev"),
        ("Approve-prod/Approve", "prod"),
    ]);
    let told_of_approval = (0..3_usize, 1..3_u32, 0..9_i64, statuses, actions).prop_map(
        |(run, attempt, seconds, status, (action, stage))| {
            Told::Approval(run, action, approval(attempt, seconds, status, stage))
        },
    );
    prop_oneof![told_of_run, told_of_approval]
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_ends_in_the_same(
        (once, again) in prop::collection::vec(any_told(), 1..16).prop_flat_map(|told| {
            let twice: Vec<Told> = told.iter().chain(&told).cloned().collect();
            (Just(told), Just(twice).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(Kept::after(&once), Kept::after(&again));
    }
}

#[test]
fn the_newest_run_is_the_one_that_began_last_whichever_was_told_of_last() {
    let told = [
        Told::Run(2, state(1, 2, RunStatus::InProgress)),
        Told::Run(1, state(1, 60, RunStatus::Failed)),
        Told::Approval(
            1,
            "Approve-prod/Approve",
            approval(1, 50, ApprovalStatus::Waiting, "prod"),
        ),
    ];
    let kept = Kept::after(&told);
    let run = &kept.delivery.runs["p"];
    assert_eq!((&run.run_id, run.status), (&id(2), RunStatus::InProgress));
    assert_eq!((run.started_at, run.updated_at), (at(2), at(2)));
}

#[test]
fn nothing_happens_in_a_run_before_it_began() {
    let mut run = Run::new(id(1), "p".to_owned(), None);
    // Events have whole seconds, the start has milliseconds.
    let began = at(10) + Duration::milliseconds(684);
    run.went(state(1, 10, RunStatus::InProgress), began);
    let mut delivery = Delivery::default();
    delivery.take_in(&run);
    assert_eq!(delivery.runs["p"].updated_at, began);
    run.went(state(1, 12, RunStatus::Failed), began);
    delivery.take_in(&run);
    assert_eq!(delivery.runs["p"].updated_at, at(12));
}

#[test]
fn an_approval_waits_until_it_is_answered_or_its_run_has_ended() {
    let action = "Approve-prod/Approve";
    let waits = Told::Approval(1, action, approval(1, 50, ApprovalStatus::Waiting, "prod"));
    let began = Told::Run(1, state(1, 1, RunStatus::InProgress));
    assert_eq!(Kept::after([&began, &waits]).waiting(), [("prod", at(50))]);
    assert_eq!(
        Kept::after([&waits]).waiting(),
        [("prod", at(50))],
        "before anything else is told"
    );
    for end in [
        Told::Approval(1, action, approval(1, 50, ApprovalStatus::Approved, "prod")),
        Told::Approval(1, action, approval(1, 60, ApprovalStatus::Rejected, "prod")),
        Told::Approval(1, action, approval(1, 60, ApprovalStatus::Abandoned, "prod")),
        Told::Run(1, state(1, 50, RunStatus::Stopped)),
        Told::Run(1, state(1, 60, RunStatus::Failed)),
    ] {
        assert_eq!(Kept::after([&end, &began, &waits]).waiting(), [], "{end:?}");
    }
    let other = Told::Run(2, state(1, 60, RunStatus::Failed));
    assert_eq!(Kept::after([&waits, &other]).waiting(), [("prod", at(50))]);
}

#[test]
fn a_retried_run_waits_again_even_if_the_retry_is_told_before_the_failure() {
    let action = "Approve-prod/Approve";
    let told = [
        Told::Approval(1, action, approval(2, 70, ApprovalStatus::Waiting, "prod")),
        Told::Run(1, state(2, 69, RunStatus::InProgress)),
        Told::Run(1, state(1, 60, RunStatus::Failed)),
        Told::Approval(1, action, approval(1, 60, ApprovalStatus::Rejected, "prod")),
    ];
    let kept = Kept::after(&told);
    assert_eq!(kept.waiting(), [("prod", at(70))]);
    assert_eq!(kept.delivery.runs["p"].status, RunStatus::InProgress);
}

#[test]
fn what_is_shown_is_of_stages_that_are_there_and_a_stage_holds_one_run() {
    let mut pipeline = json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
        "cicdTeam": "platform", "strategy": "gitflow", "status": "DEPLOYED", "revision": 1, "owner": "alice",
        "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
        "stages": [{"name": "dev", "environmentId": "env-dev00001", "manualApproval": false},
            {"name": "prod", "environmentId": "env-dev00001", "manualApproval": true}],
    });
    let mut delivery = Delivery::default();
    for (number, stage) in [(1, "prod"), (2, "prod"), (3, "dev")] {
        let code_pipeline = format!("p-{stage}");
        let mut run = Run::new(id(number), code_pipeline, Some(StageName::parse(stage).unwrap()));
        let began = i64::try_from(number).unwrap();
        run.went(state(1, began, RunStatus::InProgress), at(began));
        run.approval_went(
            "Approve/Approve",
            approval(1, 50 + began, ApprovalStatus::Waiting, stage),
        );
        delivery.take_in(&run);
    }
    let shown = |pipeline: &serde_json::Value| {
        let pipeline: Pipeline = serde_json::from_value(pipeline.clone()).unwrap();
        let newest = delivery.newest_run(&pipeline).unwrap().run_id.clone();
        let waiting = delivery.waiting_before_stages(&pipeline);
        (
            newest,
            waiting
                .into_iter()
                .map(|waiting| waiting.run_id)
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(shown(&pipeline), (id(3), vec![id(2), id(3)]));
    pipeline["stages"].as_array_mut().unwrap().remove(0);
    assert_eq!(shown(&pipeline), (id(2), vec![id(2)]));
}
