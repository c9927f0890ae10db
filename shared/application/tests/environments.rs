//! Linking, changing and unlinking environments.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use application::{
    environments::{change::ChangeEnvironments, get::get, link::link, unlink::unlink},
    redeployments::RedeploymentInput,
};
use domain::{
    Error,
    environment::{Environment, EnvironmentStatus},
    input,
    permissions::Caller,
    prefix::Prefix,
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
    let changes = ChangeEnvironments {
        store: records,
        workflow: machine,
        prefix: &Prefix::default(),
    };
    let (after, _) = changes
        .change(caller, &environment.id, input::parse(&body)?, expected, NOW)
        .await?;
    Ok(after)
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

/// Alice, and an environment of hers that two pipelines use.
struct Used {
    records: Records,
    machine: Redeploying,
    alice: Caller,
    environment: Environment,
}

impl Used {
    async fn new() -> Self {
        let (records, alice) = (Records::default(), caller("alice", &["research"]));
        let linked = linked(&records, &alice).await;
        let environment = {
            let mut state = records.state();
            let record = state.environments.get_mut(linked.id.as_str()).unwrap();
            record.pipeline_count = 2;
            record.clone()
        };
        Self {
            records,
            machine: Redeploying::default(),
            alice,
            environment,
        }
    }

    /// Alice changes the environment.
    async fn patch(&self, body: Value) -> domain::Result<Environment> {
        let Self {
            records,
            machine,
            alice,
            environment,
        } = self;
        change_and_redeploy(records, machine, alice, environment, body, None).await
    }

    /// Alice gives the environment another boundary.
    async fn bound(&self) -> domain::Result<Environment> {
        self.patch(json!({"permissionsBoundary": "bounds/all"})).await
    }

    fn refuse_starts(&self, refuse: bool) {
        *self.machine.refuses.lock().unwrap() = refuse;
    }

    /// What was started.
    fn started(&self) -> Vec<RedeploymentInput> {
        self.machine.started.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_change_that_reaches_pipelines_redeploys_them() {
    let used = Used::new().await;
    for body in [
        json!({"permissionsBoundary": "bounds/all"}),
        json!({"bootstrapQualifier": "team42"}),
    ] {
        let id = used.patch(body).await.unwrap().redeployment_id.unwrap();
        let recorded = used.records.state().redeployments[&id].clone();
        let environment_id = used.environment.id.clone();
        assert_eq!(recorded.target, Target::Environment(environment_id.clone()));
        assert_eq!(recorded.cause, Cause::EnvironmentChanged { environment_id });
        assert_eq!(recorded.requested_by, used.alice.username);
        assert_eq!(*used.started().last().unwrap(), (&recorded).into());
    }
    assert_eq!(used.started().len(), 2, "a redeployment for each change");
}

#[tokio::test]
async fn a_change_that_reaches_no_pipeline_redeploys_none() {
    let unused = Used::new().await;
    unused
        .records
        .state()
        .environments
        .get_mut(unused.environment.id.as_str())
        .unwrap()
        .pipeline_count = 0;
    let after = unused.bound().await.unwrap();
    assert_eq!(after.redeployment_id, None, "nobody uses it");
    let used = Used::new().await;
    let after = used
        .patch(json!({"label": "new", "invitedTeams": []}))
        .await
        .unwrap();
    assert_eq!(after.redeployment_id, None, "nothing of it is deployed");
    assert_eq!((unused.started().len(), used.started().len()), (0, 0));
}

#[tokio::test]
async fn a_repeated_change_starts_what_the_first_could_not() {
    let used = Used::new().await;
    // The answer of the write is lost.
    used.records.state().lose_next_answer = true;
    assert_eq!(used.bound().await.unwrap_err().name(), "ServiceUnavailable");
    used.refuse_starts(true);
    assert_eq!(used.bound().await.unwrap_err().name(), "Throttled");
    used.refuse_starts(false);
    let writes = used.records.state().writes;
    let after = used.bound().await.unwrap();
    assert_eq!(used.bound().await.unwrap(), after);
    assert_eq!(used.records.state().writes, writes, "it changes nothing any more");
    let started = used.started();
    let ids: Vec<_> = started.iter().map(|input| &input.redeployment_id).collect();
    assert_eq!(ids, [after.redeployment_id.as_ref().unwrap()]);
    assert_eq!(used.records.state().redeployments.len(), 1);
}

#[tokio::test]
async fn another_change_starts_what_an_earlier_one_could_not() {
    let used = Used::new().await;
    used.refuse_starts(true);
    used.bound().await.unwrap_err();
    used.refuse_starts(false);
    let after = used.patch(json!({"label": "new"})).await.unwrap();
    let started = used.started();
    let ids: Vec<_> = started.iter().map(|input| &input.redeployment_id).collect();
    assert_eq!(ids, [after.redeployment_id.as_ref().unwrap()]);
}

#[tokio::test]
async fn a_cancelled_redeployment_is_not_started_again() {
    let used = Used::new().await;
    used.refuse_starts(true);
    used.bound().await.unwrap_err();
    used.refuse_starts(false);
    for redeployment in used.records.state().redeployments.values_mut() {
        redeployment.cancellation = Some(Cancellation {
            by: used.alice.username.clone(),
            at: NOW,
        });
    }
    used.bound().await.unwrap();
    assert!(used.started().is_empty());
}
