//! Keeping what `CodePipeline`'s events tell, and telling it on.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use application::{
    deliveries::record::{Announce, Answer, Outcome, RecordRuns, record},
    records::{Environments, Pipelines},
};
use domain::{
    Error, Result,
    delivery::{Delivery, Run, RunStatus},
    environment::Environment,
    event::RunEvent,
    ids::{EnvironmentId, PipelineId, RunId, StageName},
    names::stage_construct,
    pipeline::Pipeline,
    prefix::Prefix,
};
use serde_json::{Value, json};

const RUN: &str = "5f8c1d0e-7b61-4c1e-9a41-93e8deadbeef";

#[derive(Default)]
struct State {
    pipelines: BTreeMap<String, Pipeline>,
    runs: BTreeMap<RunId, Run>,
    delivery: Option<Delivery>,
    answer: Option<Answer>,
    told: Vec<RunEvent>,
    /// How many calls from now on the world ends; what the last of them does is done all the same.
    dies_after: Option<usize>,
    /// Others write in between, so many times.
    others: usize,
}

/// The records and the bus.
#[derive(Default)]
struct World(Mutex<State>);

impl World {
    fn new(strategy: &str) -> Self {
        let at = "2026-11-22T10:00:00Z";
        let pipeline = json!({
            "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
            "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
            "cicdTeam": "platform", "strategy": strategy, "status": "DEPLOYED", "revision": 1, "owner": "alice",
            "createdAt": at, "updatedAt": at,
            "stages": [{"name": "dev", "environmentId": "env-prod0001", "manualApproval": false},
                {"name": "prod", "environmentId": "env-prod0001", "manualApproval": true}],
        });
        let pipeline = serde_json::from_value(pipeline).unwrap();
        let world = Self::default();
        world.state().pipelines.insert("k3j9x0ab".to_owned(), pipeline);
        world
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    async fn hear(&self, event: &Value) -> Result<Outcome> {
        record(self, self, &Prefix::default(), event).await
    }

    /// The events that were sent, by their kind.
    fn told(&self) -> Vec<&'static str> {
        self.state().told.iter().map(RunEvent::detail_type).collect()
    }

    fn last_told(&self) -> Value {
        serde_json::to_value(self.state().told.last().unwrap()).unwrap()
    }

    /// What is kept, without how often it was written.
    fn kept(&self) -> (Option<Delivery>, BTreeMap<RunId, Run>) {
        let state = self.state();
        let delivery = state.delivery.clone().map(|delivery| Delivery {
            version: 0,
            ..delivery
        });
        let runs = state.runs.clone().into_iter().map(|(id, run)| {
            let run = Run {
                version: 0,
                announced: BTreeSet::new(),
                ..run
            };
            (id, run)
        });
        (delivery, runs.collect())
    }
}

/// A call has been carried out; whether its caller lives to hear of it.
fn carried_out(state: &mut State) -> Result<()> {
    if let Some(left) = &mut state.dies_after {
        *left = left.wrapping_sub(1);
        if *left == 0 {
            return Err(Error::ServiceUnavailable {
                operation: "any",
                source: "the function died".into(),
            });
        }
    }
    Ok(())
}

impl Pipelines for World {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        Ok(self.state().pipelines.get(id.as_str()).cloned())
    }
}

impl Environments for World {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        let at = "2026-11-22T10:00:00Z";
        let environment = json!({
            "id": id, "label": "Production", "accountId": "333333333333", "region": "eu-west-1", "team": "operations",
            "externalId": "3b1f8c1e-2f5a", "status": "READY", "revision": 1, "owner": "olivia", "createdAt": at,
            "updatedAt": at,
        });
        Ok(serde_json::from_value(environment).unwrap())
    }
}

impl RecordRuns for World {
    async fn run(&self, _: &PipelineId, run: &RunId) -> Result<Option<Run>> {
        Ok(self.state().runs.get(run).cloned())
    }

    async fn delivery(&self, _: &PipelineId) -> Result<Option<Delivery>> {
        Ok(self.state().delivery.clone())
    }

    async fn answer(&self, _: &PipelineId, run: &RunId, stage: &StageName) -> Result<Option<Answer>> {
        assert_eq!((run.as_str(), stage.as_str()), (RUN, "prod"));
        Ok(self.state().answer.clone())
    }

    async fn keep(&self, _: &PipelineId, run: &Run, delivery: &Delivery) -> Result<()> {
        let mut state = self.state();
        if state.others > 0 {
            state.others -= 1;
            let mut delivery = state.delivery.clone().unwrap_or_default();
            delivery.version += 1;
            state.delivery = Some(delivery);
        }
        let versions = (
            state.runs.get(&run.run_id).map_or(0, |known| known.version),
            state.delivery.as_ref().map_or(0, |known| known.version),
        );
        if versions != (run.version, delivery.version) {
            return Err(Error::ConcurrentChange("the pipeline's runs"));
        }
        let (mut run, mut delivery) = (run.clone(), delivery.clone());
        run.version += 1;
        delivery.version += 1;
        state.runs.insert(run.run_id.clone(), run);
        state.delivery = Some(delivery);
        carried_out(&mut state)
    }

    async fn announced(&self, _: &PipelineId, run: &RunId, announcement: &str) -> Result<()> {
        let mut state = self.state();
        let run = state.runs.get_mut(run).unwrap();
        run.version += 1;
        run.announced.insert(announcement.to_owned());
        carried_out(&mut state)
    }
}

impl Announce for World {
    async fn announce(&self, event: &RunEvent) -> Result<()> {
        let mut state = self.state();
        state.told.push(event.clone());
        carried_out(&mut state)
    }
}

fn envelope(kind: &str, second: u8, more: &Value) -> Value {
    let mut detail = json!({
        "pipeline": "dataall-sales-k3j9x0ab", "execution-id": RUN, "version": 3.0, "pipeline-execution-attempt": 1.0,
        "start-time": "2026-11-22T10:00:00.684Z",
    });
    for (name, value) in more.as_object().unwrap() {
        detail[name] = value.clone();
    }
    json!({
        "version": "0", "id": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "detail-type": kind, "source": "aws.codepipeline",
        "account": "111111111111", "time": format!("2026-11-22T10:00:{second:02}Z"), "region": "eu-west-1",
        "resources": ["arn:aws:codepipeline:eu-west-1:111111111111:dataall-sales-k3j9x0ab"], "detail": detail,
    })
}

fn run_went(state: &str, second: u8) -> Value {
    envelope(
        "CodePipeline Pipeline Execution State Change",
        second,
        &json!({ "state": state }),
    )
}

fn approval_went(state: &str, second: u8) -> Value {
    let more = json!({
        "state": state, "stage": "Approve-prod", "action": "Approve", "action-execution-id": "a-1", "region": "eu-west-1",
        "type": {"owner": "AWS", "category": "Approval", "provider": "Manual", "version": "1"},
        "start-time": "2026-11-22T10:00:20Z",
    });
    envelope("CodePipeline Action Execution State Change", second, &more)
}

fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

fn answer(decision: &str) -> Answer {
    serde_json::from_value(json!({
        "decision": decision, "by": "olivia", "comment": "Checked in dev", "commitId": "c0ffee",
        "at": "2026-11-22T10:00:29Z", "runId": RUN, "stage": "prod", "status": "GIVEN",
    }))
    .unwrap()
}

const WAITING: &str = "Pipeline Stage Waiting For Approval";

#[tokio::test]
async fn a_run_is_followed_from_its_start_through_the_approval_to_its_end() {
    let world = World::new("trunk");
    assert_eq!(
        world.hear(&run_went("STARTED", 1)).await.unwrap(),
        Outcome::Kept(None)
    );
    let heard = world.hear(&approval_went("STARTED", 20)).await.unwrap();
    assert_eq!(heard, Outcome::Kept(Some(WAITING)));
    let facts = json!({
        "version": "1", "pipelineId": "k3j9x0ab", "pipelineName": "sales", "team": "research", "strategy": "trunk",
        "codePipeline": "dataall-sales-k3j9x0ab", "runId": RUN, "attempt": 1, "startedAt": "2026-11-22T10:00:00.684Z",
        "consoleUrl": "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/dataall-sales-k3j9x0ab/view?region=eu-west-1",
    });
    let told = |more: Value| {
        let mut told = facts.clone();
        told.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        told
    };
    let waiting = json!({"stage": "prod", "approvalTeam": "operations", "waitingSince": "2026-11-22T10:00:20Z",
        "approvalPath": "/pipelines/k3j9x0ab/stages/prod/approval"});
    assert_eq!(world.last_told(), told(waiting));
    let delivery = world.state().delivery.clone().unwrap();
    let [waits] = &delivery.waiting[..] else {
        panic!("one waits")
    };
    assert_eq!(
        (waits.stage.as_str(), waits.team.as_str()),
        ("prod", "operations")
    );
    assert_eq!(
        delivery.runs["dataall-sales-k3j9x0ab"].status,
        RunStatus::InProgress
    );

    world.state().answer = Some(answer("APPROVED"));
    world.hear(&approval_went("SUCCEEDED", 30)).await.unwrap();
    let approved = json!({"stage": "prod", "approvalTeam": "operations", "answeredAt": "2026-11-22T10:00:30Z",
        "by": "olivia", "comment": "Checked in dev", "commitId": "c0ffee"});
    assert_eq!(world.last_told(), told(approved));
    assert_eq!(world.state().delivery.clone().unwrap().waiting, []);

    world.hear(&run_went("SUCCEEDED", 40)).await.unwrap();
    assert_eq!(
        world.last_told(),
        told(json!({"endedAt": "2026-11-22T10:00:40Z"}))
    );
    assert_eq!(
        world.told(),
        [WAITING, "Pipeline Stage Approved", "Pipeline Run Succeeded"]
    );
}

#[tokio::test]
async fn a_run_that_was_stopped_or_replaced_ends_without_a_word() {
    for (state, status) in [
        ("SUPERSEDED", RunStatus::Superseded),
        ("STOPPED", RunStatus::Stopped),
        ("CANCELED", RunStatus::Cancelled),
    ] {
        let world = World::new("trunk");
        world.hear(&run_went("STARTED", 1)).await.unwrap();
        let heard = world.hear(&run_went(state, 40)).await.unwrap();
        assert_eq!(heard, Outcome::Kept(None), "{state}");
        assert!(world.told().is_empty(), "{state}");
        let delivery = world.state().delivery.clone().unwrap();
        assert_eq!(delivery.runs["dataall-sales-k3j9x0ab"].status, status);
    }
}

#[tokio::test]
async fn an_answer_outside_of_the_platform_has_nobody() {
    let world = World::new("trunk");
    // Of the attempt before.
    world.state().answer = Some(answer("APPROVED"));
    let mut rejected = approval_went("FAILED", 30);
    rejected["detail"]["execution-result"] =
        json!({"external-execution-summary": "Not on a Friday", "error-code": "JobFailed"});
    let heard = world.hear(&rejected).await.unwrap();
    assert_eq!(heard, Outcome::Kept(Some("Pipeline Stage Rejected")));
    let told = world.last_told();
    assert_eq!(
        (told.get("by"), &told["summary"]),
        (None, &json!("Not on a Friday"))
    );

    let world = World::new("trunk");
    // Somebody in AWS was faster.
    let refused = Answer {
        status: Some("REFUSED".to_owned()),
        ..answer("REJECTED")
    };
    world.state().answer = Some(refused);
    world.hear(&rejected).await.unwrap();
    assert_eq!(world.last_told().get("by"), None);
}

#[tokio::test]
async fn an_event_that_comes_twice_is_told_once_and_one_of_a_retry_again() {
    let world = World::new("trunk");
    for _ in 0..2 {
        world.hear(&approval_went("STARTED", 20)).await.unwrap();
        world.hear(&approval_went("FAILED", 30)).await.unwrap();
        world.hear(&run_went("FAILED", 30)).await.unwrap();
    }
    let once = [WAITING, "Pipeline Stage Rejected", "Pipeline Run Failed"];
    assert_eq!(world.told(), once);
    let attempt = "/detail/pipeline-execution-attempt";
    for event in [approval_went("STARTED", 50), run_went("FAILED", 55)] {
        world.hear(&with(event, attempt, json!(2.0))).await.unwrap();
    }
    assert_eq!(world.told()[3..], [WAITING, "Pipeline Run Failed"]);
}

#[tokio::test]
async fn what_waited_and_waits_no_more_when_it_is_heard_of_is_not_told() {
    let world = World::new("trunk");
    world.hear(&run_went("STOPPED", 40)).await.unwrap();
    let heard = world.hear(&approval_went("STARTED", 20)).await.unwrap();
    assert_eq!((heard, world.told().len()), (Outcome::Kept(None), 0));
    assert_eq!(world.state().delivery.clone().unwrap().waiting, []);
}

#[tokio::test]
async fn any_order_ends_in_the_same_record() {
    let events = [
        run_went("STARTED", 1),
        approval_went("STARTED", 20),
        approval_went("SUCCEEDED", 30),
        run_went("SUCCEEDED", 40),
    ];
    let mut kept = Vec::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let world = World::new("trunk");
        for event in order {
            world.hear(&events[event]).await.unwrap();
            world.hear(&events[event]).await.unwrap();
        }
        kept.push(world.kept());
    }
    assert!(kept.iter().all(|other| *other == kept[0]), "{kept:?}");
}

#[tokio::test]
async fn wherever_the_function_dies_the_event_is_told_at_least_once_and_no_more_than_twice() {
    for calls in 1..=3 {
        let world = World::new("trunk");
        world.state().dies_after = Some(calls);
        let event = run_went("FAILED", 40);
        assert!(world.hear(&event).await.is_err(), "{calls}");
        world.state().dies_after = None;
        // The queue hands it out again.
        world.hear(&event).await.unwrap();
        world.hear(&event).await.unwrap();
        // Only between sending it and writing that down is it not known.
        let expected = if calls == 2 { 2 } else { 1 };
        assert_eq!(world.told().len(), expected, "{calls}");
    }
}

#[tokio::test]
async fn events_that_are_kept_at_the_same_time_do_not_lose_one_another() {
    let world = World::new("trunk");
    world.state().others = 3;
    world.hear(&run_went("STARTED", 1)).await.unwrap();
    assert_eq!(world.state().runs.len(), 1);
    world.state().others = 100;
    let error = world.hear(&run_went("SUCCEEDED", 9)).await.unwrap_err();
    assert_eq!((error.name(), error.retryable()), ("ConcurrentChange", true));
}

#[tokio::test]
async fn an_event_from_another_account_or_region_is_dropped_whatever_it_says() {
    let world = World::new("trunk");
    for (pointer, value) in [("/account", "999999999999"), ("/region", "eu-north-1")] {
        let foreign = with(run_went("FAILED", 40), pointer, json!(value));
        let outcome = world.hear(&foreign).await.unwrap();
        assert_eq!(outcome, Outcome::Foreign, "{value}");
        // infra/template.yaml counts them by this word.
        assert!(outcome.to_string().starts_with("foreign:"));
    }
    assert_eq!((world.kept(), world.told().len()), ((None, BTreeMap::new()), 0));
}

#[tokio::test]
async fn what_is_no_pipelines_or_means_nothing_is_ignored() {
    let world = World::new("trunk");
    let name = |name: &str| with(run_went("FAILED", 40), "/detail/pipeline", json!(name));
    let build = with(
        approval_went("FAILED", 1),
        "/detail/type/category",
        json!("Build"),
    );
    let own = with(
        approval_went("STARTED", 1),
        "/detail/stage",
        json!("Developers-Own"),
    );
    for event in [
        name("dataall-else"),
        run_went("SOMETHING_NEW", 1),
        approval_went("SOMETHING_NEW", 1),
        build,
        own,
        envelope("CodePipeline Stage Execution State Change", 1, &json!({})),
    ] {
        let outcome = world.hear(&event).await.unwrap();
        assert!(matches!(outcome, Outcome::Ignored(_)), "{event}: {outcome}");
    }
    // Not the CodePipeline of a trunk pipeline, though it is named like one of its stages.
    let outcome = world.hear(&name("dataall-sales-k3j9x0ab-dev")).await.unwrap();
    assert_eq!(outcome, Outcome::Foreign);
    {
        let mut state = world.state();
        let pipeline = state.pipelines.get_mut("k3j9x0ab").unwrap();
        pipeline.status = domain::pipeline::PipelineStatus::Deleted;
    }
    let outcome = world.hear(&run_went("STOPPED", 1)).await.unwrap();
    assert!(matches!(outcome, Outcome::Ignored(_)), "{outcome}");
    assert_eq!((world.kept(), world.told().len()), ((None, BTreeMap::new()), 0));
}

#[tokio::test]
async fn a_gitflow_run_is_its_stages() {
    let world = World::new("gitflow");
    let event = with(
        run_went("FAILED", 40),
        "/detail/pipeline",
        json!("dataall-sales-k3j9x0ab-prod"),
    );
    world.hear(&event).await.unwrap();
    let told = world.last_told();
    assert_eq!(
        (&told["stage"], &told["pipelineId"]),
        (&json!("prod"), &json!("k3j9x0ab"))
    );
}

#[tokio::test]
async fn approvals_of_a_cdk_pipeline_are_found_by_the_constructs_name() {
    let world = World::new("cdk-trunk");
    let event = with(
        approval_went("STARTED", 20),
        "/detail/stage",
        json!(stage_construct(&StageName::parse("prod").unwrap())),
    );
    world.hear(&event).await.unwrap();
    assert_eq!(world.last_told()["stage"], "prod");
}

#[tokio::test]
async fn an_event_that_is_malformed_is_refused_with_every_problem() {
    let world = World::new("trunk");
    let mut event = run_went("STARTED", 1);
    event["time"] = json!("yesterday");
    event["account"] = json!(1);
    event["detail"]["execution-id"] = json!("../etc");
    let Err(Error::Invalid(problems)) = world.hear(&event).await else {
        panic!("it is refused")
    };
    let said = problems.to_string();
    for pointer in ["/time", "/account", "/detail/execution-id"] {
        assert!(said.contains(pointer), "{pointer}: {said}");
    }
    let other = with(run_went("STARTED", 1), "/source", json!("dataall.pipelines"));
    assert!(matches!(world.hear(&other).await, Err(Error::Invalid(_))));
}
