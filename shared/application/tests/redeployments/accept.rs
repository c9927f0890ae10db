//! Events and what they mean.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use application::redeployments::accept::{Outcome, accept};
use domain::{
    Error, Result,
    prefix::Prefix,
    redeployment::{Cause, Redeployment, Target},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{
    fault::Fault,
    world::{NOW, World},
};

const STACK: &str = "arn:aws:cloudformation:eu-west-1:111111111111:stack/dataall-pipeline-sales-k3j9x0ab/\
                     0f6cb5c0-5d49-11ed-9b6a-0242ac120002";

/// An event as `EventBridge` sends it, with `change` laid over it; null takes a member away.
fn event(change: &Value) -> Value {
    let mut event = json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "Pipeline Redeploy Requested",
        "source": "dataall.pipelines", "account": "000000000000", "time": "2026-11-22T09:59:00Z",
        "region": "eu-west-1", "resources": [], "detail": {"all": true},
    });
    for (key, value) in change.as_object().unwrap() {
        if value.is_null() {
            event.as_object_mut().unwrap().remove(key);
        } else {
            event[key] = value.clone();
        }
    }
    event
}

fn schedule() -> Value {
    event(&json!({
        "source": "aws.events", "detail-type": "Scheduled Event", "detail": {},
        "resources": ["arn:aws:events:eu-west-1:000000000000:rule/dataall-platform-redeploy"],
    }))
}

fn stack_event(stack: &str, status: &str) -> Value {
    event(&json!({
        "source": "aws.cloudformation", "detail-type": "CloudFormation Stack Status Change",
        "account": "111111111111", "resources": [stack],
        "detail": {
            "stack-id": stack, "client-request-token": "",
            "status-details": {"status": status, "status-reason": ""},
        },
    }))
}

async fn accepted(world: &World, event: &Value) -> Result<Outcome> {
    accept(world, &Prefix::default(), event, NOW).await
}

async fn recorded(event: &Value) -> Redeployment {
    let world = World::default();
    let Outcome::Recorded(redeployment) = accepted(&world, event).await.unwrap() else {
        panic!("ignored")
    };
    let id = &redeployment.id;
    assert_eq!(world.record_of(id), *redeployment);
    *redeployment
}

#[tokio::test]
async fn whoever_sends_a_request_follows_it_by_the_events_own_id() {
    for detail in [
        json!({"pipelineId": "k3j9x0ab"}),
        json!({"environmentId": "env-a1b2c3d4"}),
        json!({"strategy": "cdk-trunk"}),
        json!({"all": true}),
    ] {
        let redeployment = recorded(&event(&json!({ "detail": detail }))).await;
        assert_eq!(redeployment.id.as_str(), "6a7e8feb-b491-4cf7-a9f1-bf3703467718");
        assert_eq!(serde_json::to_value(&redeployment.target).unwrap(), detail);
        assert_eq!(redeployment.cause, Cause::Requested);
        assert_eq!(redeployment.requested_by.as_str(), "event:dataall.pipelines");
        assert_eq!(redeployment.requested_at, NOW - Duration::minutes(1));
    }
}

#[tokio::test]
async fn the_schedule_means_whatever_is_out_of_date_or_has_drifted() {
    let redeployment = recorded(&schedule()).await;
    assert_eq!(
        (redeployment.target, redeployment.cause),
        (Target::All, Cause::Scheduled)
    );
}

#[tokio::test]
async fn a_deleted_stack_means_its_pipeline_in_whatever_region() {
    for stack in [
        STACK.to_owned(),
        STACK
            .replace("k3j9x0ab/", "k3j9x0ab-support-us-east-1/")
            .replace("n:eu-west-1", "n:us-east-1"),
    ] {
        let redeployment = recorded(&stack_event(&stack, "DELETE_COMPLETE")).await;
        assert_eq!(
            serde_json::to_value(&redeployment.target).unwrap(),
            json!({"pipelineId": "k3j9x0ab"})
        );
        assert_eq!(
            serde_json::to_value(&redeployment.cause).unwrap(),
            json!({"kind": "STACK_DELETED", "stackId": stack, "accountId": "111111111111"})
        );
    }
}

#[tokio::test]
async fn what_else_cloudformation_tells_is_taken_and_leaves_no_trace() {
    let another = STACK.replace("dataall-pipeline-sales-k3j9x0ab", "CDKToolkit");
    let mut resource = stack_event(STACK, "DELETE_COMPLETE");
    resource["detail-type"] = "CloudFormation Resource Status Change".into();
    for event in [
        stack_event(STACK, "DELETE_IN_PROGRESS"),
        stack_event(STACK, "UPDATE_COMPLETE"),
        stack_event(&another, "DELETE_COMPLETE"),
        stack_event(&STACK.replace("dataall-", "other-"), "DELETE_COMPLETE"),
        resource,
    ] {
        let world = World::default();
        let outcome = accepted(&world, &event).await.unwrap();
        assert!(matches!(outcome, Outcome::Ignored(_)), "{event}");
        assert_eq!(world.calls(), [""; 0]);
    }
}

/// The places of all that is wrong with `event`.
async fn wrong(event: &Value) -> Vec<String> {
    let world = World::default();
    let error = accepted(&world, event).await.unwrap_err();
    assert_eq!(world.calls(), [""; 0], "nothing is done for {event}");
    let Error::Invalid(problems) = error else {
        panic!("{error:?}")
    };
    let places = problems.as_slice().iter();
    places
        .map(|problem| problem.pointer.as_str().to_owned())
        .collect()
}

#[tokio::test]
async fn every_problem_of_a_malformed_event_is_told_at_once() {
    assert_eq!(wrong(&json!("no event")).await, [""]);
    let nothing = ["/id", "/time", "/source", "/detail-type"];
    assert_eq!(wrong(&json!({})).await, nothing);
    let detail = json!({"pipelineId": "x", "strategy": "y", "all": false, "pipeline": "z"});
    let all = event(&json!({"id": "1", "time": "yesterday", "detail": detail}));
    assert_eq!(
        wrong(&all).await,
        [
            "/id",
            "/time",
            "/detail/pipelineId",
            "/detail/strategy",
            "/detail/all",
            "/detail/pipeline"
        ]
    );
    assert_eq!(wrong(&event(&json!({"detail": {}}))).await, ["/detail"]);
    assert_eq!(wrong(&event(&json!({"detail": null}))).await, ["/detail"]);
    let two = json!({"pipelineId": "k3j9x0ab", "all": true});
    assert_eq!(wrong(&event(&json!({ "detail": two }))).await, ["/detail"]);
    let mut stack = stack_event("a stack", "DELETE_COMPLETE");
    stack["account"] = "1".into();
    stack["detail"]["status-details"] = json!({});
    assert_eq!(
        wrong(&stack).await,
        ["/account", "/detail/stack-id", "/detail/status-details/status"]
    );
    assert_eq!(
        wrong(&event(&json!({"time": "1969-12-31T23:59:59Z"}))).await,
        ["/time"]
    );
}

#[tokio::test]
async fn events_of_others_are_not_taken_for_ours() {
    for change in [
        json!({"source": "other.pipelines"}),
        json!({"source": "aws.events"}),
        json!({"detail-type": "Pipeline Deployment Started"}),
        json!({"detail-type": "Scheduled Event"}),
    ] {
        assert_eq!(wrong(&event(&change)).await, ["/detail-type"], "{change}");
    }
}

#[tokio::test]
async fn an_event_dated_ahead_was_asked_for_when_it_came() {
    let redeployment = recorded(&event(&json!({"time": "2036-01-01T00:00:00Z"}))).await;
    assert_eq!(redeployment.requested_at, NOW);
}

#[tokio::test]
async fn a_cancelled_redeployment_stays_cancelled_when_its_event_comes_again() {
    let world = World::default();
    let Outcome::Recorded(first) = accepted(&world, &schedule()).await.unwrap() else {
        panic!("ignored")
    };
    let cancellation = domain::redeployment::Cancellation {
        by: first.requested_by.clone(),
        at: NOW,
    };
    let mut cancelled = first.clone();
    cancelled.cancellation = Some(cancellation);
    world
        .records
        .lock()
        .unwrap()
        .insert(first.id.clone(), *cancelled.clone());
    let again = accepted(&world, &schedule()).await.unwrap();
    assert_eq!(again, Outcome::Recorded(cancelled));
}

/// One of the events that mean something; two of the same number have the same id.
fn numbered(number: u8) -> Value {
    let mut event = match number % 3 {
        0 => event(&json!({"detail": {"pipelineId": "k3j9x0ab"}})),
        1 => schedule(),
        _ => stack_event(STACK, "DELETE_COMPLETE"),
    };
    event["id"] = format!("6a7e8feb-b491-4cf7-a9f1-bf37034677{number:02}").into();
    event
}

fn faults() -> impl Strategy<Value = Vec<Option<Fault>>> {
    prop::collection::vec(prop::option::of(prop::sample::select(&Fault::ALL)), 0..24)
}

proptest! {
    /// The queue delivers events in any order, several times, and again when their handling failed.
    #[test]
    fn each_event_means_one_redeployment_as_it_came_first(
        deliveries in prop::collection::vec(0_u8..6, 1..16),
        faults in faults(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let world = World::failing(faults);
        let mut queue: VecDeque<u8> = deliveries.iter().copied().collect();
        let mut now = NOW;
        let mut done: BTreeMap<String, Box<Redeployment>> = BTreeMap::new();
        while let Some(number) = queue.pop_front() {
            now += Duration::seconds(1);
            match runtime.block_on(accept(&world, &Prefix::default(), &numbered(number), now)) {
                Ok(Outcome::Recorded(redeployment)) => {
                    let first = done.entry(redeployment.id.to_string()).or_insert_with(|| redeployment.clone());
                    prop_assert_eq!(&*first, &redeployment);
                }
                Ok(Outcome::Ignored(reason)) => prop_assert!(false, "{}", reason),
                Err(error) => {
                    prop_assert!(error.retryable(), "{error:?}");
                    queue.push_back(number);
                }
            }
        }
        let wanted: BTreeSet<String> = deliveries
            .iter()
            .map(|number| numbered(*number)["id"].as_str().unwrap().to_owned())
            .collect();
        let ids: BTreeSet<String> = world.records.lock().unwrap().keys().map(ToString::to_string).collect();
        prop_assert_eq!(&ids, &wanted);
    }

    /// Whatever one member of an event is replaced by, it is taken or refused with a reason, and nothing else happens.
    #[test]
    fn no_event_is_too_strange(
        number in 0_u8..3,
        member in prop::sample::select(&["id", "time", "source", "detail-type", "detail", "account"]),
        value in prop::sample::select(vec![
            json!(null), json!(true), json!(0), json!(""), json!("x"), json!([]), json!({}), json!({"all": {}}),
            json!({"stack-id": [], "status-details": "DELETE_COMPLETE"}), json!("9999-12-31T23:59:59.999999999+23:59"),
            json!("0000-01-01T00:00:00-23:59"), json!("aws.cloudformation"), json!("6A7E8FEB-B491-4CF7-A9F1-BF3703467718"),
        ]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut event = numbered(number);
        event[member] = value;
        let world = World::default();
        match runtime.block_on(accepted(&world, &event)) {
            Ok(Outcome::Recorded(redeployment)) => {
                prop_assert!(redeployment.requested_at >= OffsetDateTime::UNIX_EPOCH && redeployment.requested_at <= NOW);
                prop_assert_eq!(world.calls(), ["record"]);
            }
            Ok(Outcome::Ignored(_)) => prop_assert!(world.calls().is_empty()),
            Err(Error::Invalid(problems)) => {
                prop_assert!(!problems.as_slice().is_empty());
                prop_assert!(world.calls().is_empty());
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}
