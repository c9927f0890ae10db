//! Linking, changing and unlinking environments.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use application::environments::{change::change, get::get, link::link, unlink::unlink};
use domain::{
    Error,
    environment::{Environment, EnvironmentStatus},
    input,
    permissions::Caller,
    redeployment::{Cancellation, Cause, Target},
    revision::Revision,
};
use serde_json::{Value, json};
use support::{Records, Redeploying, caller};
use time::OffsetDateTime;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

async fn linked(records: &Records, owner: &Caller) -> Environment {
    let wanted = json!({
        "label": "dev", "accountId": "012345678901", "region": "eu-west-1", "team": "research",
        "invitedTeams": ["marketing"],
    });
    link(records, owner, input::parse(&wanted).unwrap(), None, NOW)
        .await
        .unwrap()
}

async fn changed(
    records: &Records,
    caller: &Caller,
    environment: &Environment,
    body: Value,
    expected: Option<&[Revision]>,
) -> domain::Result<Environment> {
    change_and_redeploy(
        records,
        &Redeploying::default(),
        caller,
        environment,
        body,
        expected,
    )
    .await
}

async fn change_and_redeploy(
    records: &Records,
    machine: &Redeploying,
    caller: &Caller,
    environment: &Environment,
    body: Value,
    expected: Option<&[Revision]>,
) -> domain::Result<Environment> {
    change(
        records,
        machine,
        caller,
        &environment.id,
        input::parse(&body)?,
        expected,
        NOW,
    )
    .await
}

#[tokio::test]
async fn invited_teams_see_but_do_not_change() {
    let (records, alice) = (Records::default(), caller("alice", &["research"]));
    let environment = linked(&records, &alice).await;
    assert_eq!(environment.status, EnvironmentStatus::Pending);
    let bob = caller("bob", &["marketing"]);
    get(&records, &bob, &environment.id).await.unwrap();
    let refused = changed(&records, &bob, &environment, json!({"label": "mine"}), None)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)));
    let eve = caller("eve", &["sales"]);
    let hidden = changed(&records, &eve, &environment, json!({"label": "mine"}), None)
        .await
        .unwrap_err();
    assert!(matches!(hidden, Error::NotFound { .. }));
}

#[tokio::test]
async fn a_change_that_changes_nothing_writes_nothing() {
    let (records, alice) = (Records::default(), caller("alice", &["research"]));
    let environment = linked(&records, &alice).await;
    let writes = records.state().writes;
    let same = changed(
        &records,
        &alice,
        &environment,
        json!({"label": "dev", "permissionsBoundary": null}),
        None,
    )
    .await
    .unwrap();
    assert_eq!((same, records.state().writes), (environment, writes));
}

#[tokio::test]
async fn a_change_for_another_revision_is_stale() {
    let (records, alice) = (Records::default(), caller("alice", &["research"]));
    let environment = linked(&records, &alice).await;
    let after = changed(
        &records,
        &alice,
        &environment,
        json!({"label": "prod"}),
        Some(&[Revision(1)]),
    )
    .await
    .unwrap();
    assert_eq!(after.revision, Revision(2));
    let stale = changed(
        &records,
        &alice,
        &environment,
        json!({"label": "qa"}),
        Some(&[Revision(1)]),
    )
    .await;
    assert!(matches!(stale, Err(Error::Stale { present: Revision(2) })));
}

#[tokio::test]
async fn another_bootstrap_must_be_verified_anew() {
    let (records, alice) = (Records::default(), caller("alice", &["research"]));
    let environment = linked(&records, &alice).await;
    records
        .state()
        .environments
        .get_mut(environment.id.as_str())
        .unwrap()
        .status = EnvironmentStatus::Ready;
    let after = changed(
        &records,
        &alice,
        &environment,
        json!({"bootstrapQualifier": "other"}),
        None,
    )
    .await
    .unwrap();
    assert_eq!(after.status, EnvironmentStatus::Pending);
}

#[tokio::test]
async fn an_environment_in_use_stays() {
    let (records, alice) = (Records::default(), caller("alice", &["research"]));
    let environment = linked(&records, &alice).await;
    records
        .state()
        .environments
        .get_mut(environment.id.as_str())
        .unwrap()
        .pipeline_count = 1;
    let refused = unlink(&records, &alice, &environment.id, None).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict(_)));
    records
        .state()
        .environments
        .get_mut(environment.id.as_str())
        .unwrap()
        .pipeline_count = 0;
    unlink(&records, &alice, &environment.id, None).await.unwrap();
    assert!(records.state().environments.is_empty());
}

/// An environment of Alice's that two pipelines use.
async fn used(records: &Records, alice: &Caller) -> Environment {
    let environment = linked(records, alice).await;
    let mut state = records.state();
    let record = state.environments.get_mut(environment.id.as_str()).unwrap();
    record.pipeline_count = 2;
    record.clone()
}

#[tokio::test]
async fn a_change_that_reaches_pipelines_redeploys_them() {
    let (records, machine, alice) = (
        Records::default(),
        Redeploying::default(),
        caller("alice", &["research"]),
    );
    let environment = used(&records, &alice).await;
    for body in [
        json!({"permissionsBoundary": "bounds/all"}),
        json!({"bootstrapQualifier": "team42"}),
    ] {
        let after = change_and_redeploy(&records, &machine, &alice, &environment, body, None)
            .await
            .unwrap();
        let id = after.redeployment_id.unwrap();
        let recorded = records.state().redeployments[&id].clone();
        assert_eq!(recorded.target, Target::Environment(environment.id.clone()));
        assert_eq!(
            recorded.cause,
            Cause::EnvironmentChanged {
                environment_id: environment.id.clone()
            }
        );
        assert_eq!(recorded.requested_by, alice.username);
        let started = machine.started.lock().unwrap();
        assert_eq!(*started.last().unwrap(), (&recorded).into());
    }
    assert_eq!(
        machine.started.lock().unwrap().len(),
        2,
        "a redeployment for each change"
    );
}

#[tokio::test]
async fn a_change_that_reaches_no_pipeline_redeploys_none() {
    let (records, machine, alice) = (
        Records::default(),
        Redeploying::default(),
        caller("alice", &["research"]),
    );
    let unused = linked(&records, &alice).await;
    let body = json!({"permissionsBoundary": "bounds/all"});
    let after = change_and_redeploy(&records, &machine, &alice, &unused, body, None)
        .await
        .unwrap();
    assert_eq!(after.redeployment_id, None, "nobody uses it");
    let environment = used(&records, &alice).await;
    let body = json!({"label": "new", "invitedTeams": []});
    let after = change_and_redeploy(&records, &machine, &alice, &environment, body, None)
        .await
        .unwrap();
    assert_eq!(after.redeployment_id, None, "nothing of it is deployed");
    assert!(machine.started.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_repeated_change_starts_what_the_first_could_not() {
    let (records, machine, alice) = (
        Records::default(),
        Redeploying::default(),
        caller("alice", &["research"]),
    );
    let environment = used(&records, &alice).await;
    let patch = async || {
        let body = json!({"permissionsBoundary": "bounds/all"});
        change_and_redeploy(&records, &machine, &alice, &environment, body, None).await
    };
    // The answer of the write is lost.
    records.state().lose_next_answer = true;
    assert_eq!(patch().await.unwrap_err().name(), "ServiceUnavailable");
    // The start is refused.
    *machine.refuses.lock().unwrap() = true;
    assert_eq!(patch().await.unwrap_err().name(), "Throttled");
    *machine.refuses.lock().unwrap() = false;
    let writes = records.state().writes;
    let after = patch().await.unwrap();
    assert_eq!(patch().await.unwrap(), after);
    assert_eq!(records.state().writes, writes, "it changes nothing any more");
    let started = machine.started.lock().unwrap();
    let ids: Vec<_> = started.iter().map(|input| &input.redeployment_id).collect();
    assert_eq!(ids, [after.redeployment_id.as_ref().unwrap()]);
    assert_eq!(records.state().redeployments.len(), 1);
}

#[tokio::test]
async fn a_cancelled_redeployment_is_not_started_again() {
    let (records, machine, alice) = (
        Records::default(),
        Redeploying::default(),
        caller("alice", &["research"]),
    );
    let environment = used(&records, &alice).await;
    *machine.refuses.lock().unwrap() = true;
    let patch = async || {
        let body = json!({"permissionsBoundary": "bounds/all"});
        change_and_redeploy(&records, &machine, &alice, &environment, body, None).await
    };
    patch().await.unwrap_err();
    *machine.refuses.lock().unwrap() = false;
    for redeployment in records.state().redeployments.values_mut() {
        redeployment.cancellation = Some(Cancellation {
            by: alice.username.clone(),
            at: NOW,
        });
    }
    patch().await.unwrap();
    assert!(machine.started.lock().unwrap().is_empty());
}
