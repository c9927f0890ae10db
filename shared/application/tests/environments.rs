//! Linking, changing and unlinking environments.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use application::{
    environments::{
        change::{ChangeEnvironment, ChangeEnvironments},
        get::get,
        link::{LinkRules, link},
        unlink::unlink,
        verify::verify,
    },
    linked_accounts::bootstrap::{Inspection, Inspector},
};
use domain::{
    Error,
    environment::{Environment, EnvironmentProblem, EnvironmentStatus},
    hosting::HostedPipelines,
    input,
    permissions::Caller,
    prefix::Prefix,
    redeployment::{Cause, Target},
    revision::Revision,
};
use serde_json::{Value, json};
use support::{Records, caller, rules};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

async fn linked(records: &Records, owner: &Caller) -> Environment {
    let wanted = json!({
        "label": "dev", "accountId": "012345678901", "region": "eu-west-1", "team": "research",
        "invitedTeams": ["marketing"],
    });
    link(
        records,
        &rules(),
        owner,
        input::parse(&wanted).unwrap(),
        None,
        NOW,
    )
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
    let changes = ChangeEnvironments {
        store: records,
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

#[test]
fn a_label_cannot_be_taken_away() {
    let problems = input::parse::<ChangeEnvironment>(&json!({"label": null})).unwrap_err();
    assert_eq!(problems.as_slice()[0].pointer.as_str(), "/label");
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
    let refused = unlink(&records, &alice, &environment.id, None, NOW)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Conflict(_)));
    records
        .state()
        .environments
        .get_mut(environment.id.as_str())
        .unwrap()
        .pipeline_count = 0;
    unlink(&records, &alice, &environment.id, None, NOW)
        .await
        .unwrap();
    assert!(records.state().environments.is_empty());
}

/// Alice, and an environment of hers that two pipelines use.
struct Used {
    records: Records,
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
            alice,
            environment,
        }
    }

    /// Alice changes the environment.
    async fn patch(&self, body: Value) -> domain::Result<Environment> {
        let Self {
            records,
            alice,
            environment,
        } = self;
        changed(records, alice, environment, body, None).await
    }

    /// Alice gives the environment another boundary.
    async fn bound(&self) -> domain::Result<Environment> {
        self.patch(json!({"permissionsBoundary": "bounds/all"})).await
    }

    /// How many redeployments are recorded.
    fn redeployments(&self) -> usize {
        self.records.state().redeployments.len()
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
    }
    assert_eq!(used.redeployments(), 2, "a redeployment for each change");
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
    assert_eq!((unused.redeployments(), used.redeployments()), (0, 0));
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_redeploys_once() {
    let used = Used::new().await;
    used.records.state().lose_next_answer = true;
    assert_eq!(used.bound().await.unwrap_err().name(), "ServiceUnavailable");
    let writes = used.records.state().writes;
    // Also for who expects the revision that it was meant for.
    let expected = [used.environment.revision];
    let body = json!({"permissionsBoundary": "bounds/all"});
    let after = changed(
        &used.records,
        &used.alice,
        &used.environment,
        body,
        Some(&expected),
    )
    .await
    .unwrap();
    assert_eq!(used.bound().await.unwrap(), after);
    assert_eq!(used.records.state().writes, writes, "it changes nothing any more");
    assert_eq!(used.redeployments(), 1);
    assert!(
        used.records
            .state()
            .redeployments
            .contains_key(after.redeployment_id.as_ref().unwrap())
    );
}

// --- Whose an account is ---

/// What the platform finds in an account: nothing wrong, or that its role cannot be assumed.
struct Found(bool);

impl Inspector for Found {
    async fn inspect(&self, _: &Environment) -> domain::Result<Inspection> {
        let problem = EnvironmentProblem {
            code: "EnvironmentRoleNotAssumable".to_owned(),
            detail: "no".to_owned(),
            command: None,
        };
        Ok(Inspection {
            problems: if self.0 { vec![] } else { vec![problem] },
            pipelines: self.0.then_some(HostedPipelines::Delivering),
        })
    }
}

async fn verified(records: &Records, caller: &Caller, environment: &Environment, ready: bool) -> Environment {
    verify(records, &Found(ready), caller, &environment.id, None, NOW)
        .await
        .unwrap()
}

async fn linked_for(
    records: &Records,
    rules: &LinkRules,
    owner: &Caller,
    account: &str,
) -> domain::Result<Environment> {
    let team = owner.teams.first().unwrap();
    let wanted = json!({"label": "dev", "accountId": account, "region": "eu-west-1", "team": team});
    let now = records.state().now;
    link(records, rules, owner, input::parse(&wanted).unwrap(), None, now).await
}

#[tokio::test]
async fn an_account_is_reserved_by_the_first_link_that_is_found_ready() {
    let records = Records::default();
    let (eve, owner) = (caller("eve", &["sales"]), caller("alice", &["research"]));
    let strange = linked_for(&records, &rules(), &eve, "012345678901")
        .await
        .unwrap();
    let own = linked_for(&records, &rules(), &owner, "012345678901")
        .await
        .unwrap();
    let failed = verified(&records, &eve, &strange, false).await;
    assert_eq!(failed.problems[0].code, "EnvironmentRoleNotAssumable");
    let ready = verified(&records, &owner, &own, true).await;
    assert_eq!(
        (ready.status, ready.unverified_since),
        (EnvironmentStatus::Ready, None)
    );
    // Who cannot enter the account learns nothing.
    let failed = verified(&records, &eve, &strange, false).await;
    assert_eq!(failed.problems[0].code, "EnvironmentRoleNotAssumable");
    // The answer says who can do it, but not who owns it.
    let taken = verified(&records, &eve, &strange, true).await;
    assert_eq!(
        (taken.status, taken.problems.len()),
        (EnvironmentStatus::Failed, 1)
    );
    assert_eq!(taken.problems[0].code, "AccountTaken");
    for word in ["alice", "research", own.id.as_str()] {
        assert!(!taken.problems[0].detail.contains(word), "{taken:?}");
    }
    unlink(&records, &owner, &own.id, None, NOW).await.unwrap();
    assert_eq!(
        verified(&records, &eve, &strange, true).await.status,
        EnvironmentStatus::Ready
    );
}

#[tokio::test]
async fn a_user_has_so_many_links_that_wait_until_they_are_verified_unlinked_or_expire() {
    let (records, alice) = (Records::default(), caller("alice", &["research"]));
    let rules = LinkRules {
        unverified_links: 2,
        ..rules()
    };
    let number = std::cell::Cell::new(0);
    let next = async || {
        number.set(number.get() + 1);
        linked_for(&records, &rules, &alice, &format!("9{:011}", number.get())).await
    };
    let full = |linked: domain::Result<Environment>| {
        assert!(matches!(linked, Err(Error::QuotaExceeded(_))), "{linked:?}");
    };
    let (first, second) = (next().await.unwrap(), next().await.unwrap());
    full(next().await);
    linked_for(&records, &rules, &caller("bob", &["research"]), "900000000001")
        .await
        .unwrap();
    verified(&records, &alice, &first, false).await;
    full(next().await);
    verified(&records, &alice, &first, true).await;
    let third = next().await.unwrap();
    full(next().await);
    unlink(&records, &alice, &second.id, None, NOW).await.unwrap();
    // What a pipeline uses stays.
    let used = next().await.unwrap();
    records
        .state()
        .environments
        .get_mut(used.id.as_str())
        .unwrap()
        .pipeline_count = 1;
    records.state().now = NOW + Duration::days(7);
    assert!(get(&records, &alice, &third.id).await.is_err());
    get(&records, &alice, &first.id).await.unwrap();
    get(&records, &alice, &used.id).await.unwrap();
    next().await.unwrap();
    full(next().await);
    assert!(
        !records.state().environments.contains_key(third.id.as_str()),
        "it is removed"
    );
}

#[tokio::test]
async fn the_platform_s_own_account_is_not_linked() {
    let (records, admin) = (Records::default(), caller("root", &["platform-admins"]));
    let Err(Error::Invalid(problems)) = linked_for(&records, &rules(), &admin, "000000000000").await else {
        panic!("it is linked")
    };
    assert_eq!(problems.as_slice()[0].pointer.as_str(), "/accountId");
    assert!(records.state().environments.is_empty());
}

#[tokio::test]
async fn what_the_owner_allows_is_known_as_it_was_last_read() {
    let records = Records::default();
    let caller = caller("alice", &["research"]);
    let environment = linked_for(&records, &rules(), &caller, "111111111111")
        .await
        .unwrap();
    assert_eq!(environment.pipelines, None);
    let ready = verified(&records, &caller, &environment, true).await;
    assert_eq!(ready.pipelines, Some(HostedPipelines::Delivering));
    let shut = verified(&records, &caller, &environment, false).await;
    assert_eq!(shut.pipelines, Some(HostedPipelines::Delivering));
}
