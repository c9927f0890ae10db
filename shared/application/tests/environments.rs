//! Linking, changing and unlinking environments.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use application::environments::{change::change, get::get, link::link, unlink::unlink};
use domain::{
    Error,
    environment::{Environment, EnvironmentStatus},
    input,
    permissions::Caller,
    revision::Revision,
};
use serde_json::{Value, json};
use support::{Records, caller};
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
    change(
        records,
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
