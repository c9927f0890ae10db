//! What every store of records does, as tests that run against any of them: [`contract!`](crate::contract) makes the tests.
//!
//! Each test uses ids of its own, so that all can share one table.

use std::collections::BTreeSet;

use application::{
    me::PipelinesOfTeams,
    rate_limit::{CountRequests, RateLimit},
    records::{
        CommitEnvironments, CommitPipelines, EnvironmentsOfPipelines, FindUnverifiedLinks,
        idempotency::{Answer, Idempotency, KeepAnswers},
        listing::Listings,
    },
    redeployments::RecordRedeployments,
    revisions::{KeptRevisions, RevisionHistory},
};
use domain::{
    Error,
    deployment::{Deployment, DeploymentStatus, Failure, RunOutcome},
    environment::{Environment, EnvironmentProblem},
    ids::{DeploymentId, EnvironmentId, PipelineId},
    lifecycle::{self, Holder, NewPipeline, Placement, Request, Transition, UnverifiedLinks},
    listing::Listing,
    pipeline::{Definition, Description, Orphan, Pipeline, PipelineStatus, Stage},
    quota::PipelineQuotas,
    redeployment::Redeployment,
    revision::{KEPT_REVISIONS, KeptRevision, Revision},
    strategy::Strategy,
    tags::Tags,
    team::{TeamName, Username},
};
use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// A store of records.
pub trait Store:
    CommitPipelines
    + CommitEnvironments
    + EnvironmentsOfPipelines
    + CountRequests
    + FindUnverifiedLinks
    + KeepAnswers
    + KeptRevisions
    + Listings<Pipeline>
    + Listings<Environment>
    + Listings<Redeployment>
    + PipelinesOfTeams
    + RecordRedeployments
    + RevisionHistory
{
}

impl<T> Store for T where
    T: CommitPipelines
        + CommitEnvironments
        + EnvironmentsOfPipelines
        + CountRequests
        + FindUnverifiedLinks
        + KeepAnswers
        + KeptRevisions
        + Listings<Pipeline>
        + Listings<Environment>
        + Listings<Redeployment>
        + PipelinesOfTeams
        + RecordRedeployments
        + RevisionHistory
{
}

/// Makes a test of each promise for the store that `$store` gives, with attributes such as `#[ignore]` behind it.
/// `$forget_version` takes the store and the id of a pipeline, and takes the version off its record: so the platform wrote records
/// before they had versions.
#[macro_export]
macro_rules! contract {
    (@one [$(#[$attribute:meta])*] $store:expr; $test:ident) => {
        #[tokio::test]
        $(#[$attribute])*
        async fn $test() {
            $crate::contract::$test(&$store).await;
        }
    };
    (@ $attributes:tt $store:expr; $($test:ident),+) => {
        $($crate::contract!(@one $attributes $store; $test);)+
    };
    ($store:expr, $forget_version:expr $(, #[$attribute:meta])*) => {
        #[tokio::test]
        $(#[$attribute])*
        async fn a_record_from_before_there_were_versions_counts_as_version_0() {
            let store = $store;
            let forget = async |id| $forget_version(&store, &id).await;
            $crate::contract::a_record_from_before_there_were_versions_counts_as_version_0(&store, forget).await;
        }
        $crate::contract!(@ [$(#[$attribute])*] $store;
            a_created_pipeline_is_there_with_all_that_belongs_to_it,
            an_id_is_taken_once,
            every_transition_is_read_back_as_it_was_written,
            a_transition_from_an_old_version_writes_nothing,
            listings_and_counts_follow_the_stages,
            revisions_are_kept_with_what_makes_them_and_the_oldest_goes,
            the_largest_change_is_written_at_once,
            redeployments_are_listed_newest_first_for_their_teams,
            a_deleted_pipeline_is_listed_nowhere_and_used_by_nothing,
            a_pipeline_needs_its_environments,
            an_account_and_region_is_linked_once,
            the_first_verified_link_reserves_an_account_and_region,
            a_link_that_has_expired_is_gone,
            the_links_of_a_user_that_wait_are_written_one_after_the_other,
            an_environment_that_changed_meanwhile_is_not_written,
            an_environment_is_read_back_as_it_was_written,
            an_answer_is_kept_with_what_it_answers_or_not_at_all,
            requests_are_counted_by_user_and_window,
            a_place_that_is_none_in_the_listing_is_bad_input,
            a_team_has_as_many_pipelines_as_are_not_deleted
        );
    };
}

const AT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// Ids, accounts and teams of one test: no other test has them.
struct Names {
    base: u64,
}

impl Names {
    fn of(test: &str) -> Self {
        // FNV-1a, and the time, so that a test may run twice against one table.
        let started = OffsetDateTime::now_utc().unix_timestamp_nanos().to_le_bytes();
        let bytes = test.bytes().chain(started);
        let base = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { base }
    }

    fn text(&self, salt: u64, length: usize, alphabet: &[u8]) -> String {
        let mut left = self.base.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        (0..length)
            .map(|_| {
                left = left.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let index = usize::try_from(left >> 33).unwrap_or_default();
                char::from(alphabet[index % alphabet.len()])
            })
            .collect()
    }

    fn pipeline(&self) -> PipelineId {
        PipelineId::parse(format!("p{}", self.text(1, 7, b"abcdefghijkmnpqrstuvwxyz"))).unwrap()
    }

    fn team(&self) -> TeamName {
        TeamName::parse(format!("t-{}", self.text(2, 10, b"abcdefghij"))).unwrap()
    }

    fn environment(&self, number: u64) -> Environment {
        let id = format!("env-e{}", self.text(10 + number, 7, b"abcdefghijkmnpqrstuvwxyz"));
        serde_json::from_value(json!({
            "id": id, "label": "dev", "accountId": self.text(30 + number, 12, b"0123456789"), "region": "eu-west-1",
            "team": self.team(), "externalId": "3b1f8c1e-2f5a-4f0e-9f8e-0d3c5a7b9e11", "status": "PENDING",
            "revision": 1, "owner": "alice", "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
        }))
        .unwrap()
    }

    fn deployment(&self, number: u64) -> DeploymentId {
        let random = self.text(50 + number, 15, b"0123456789abcdefghjkmnpqrstvwxyz");
        DeploymentId::parse(format!("01k9v3xv0{number:02}{random}")).unwrap()
    }

    fn request(&self, number: u64) -> Request<'static> {
        Request {
            username: Username::parse("alice").unwrap(),
            request_id: None,
            source_address: None,
            at: AT + Duration::seconds(i64::try_from(number).unwrap_or_default()),
            deployment_id: self.deployment(number),
            expected: None,
        }
    }
}

async fn link(store: &impl Store, environment: Environment) -> Environment {
    let (linked, transition) = environment.linked(UnverifiedLinks::default());
    store.commit_environment(&transition, None).await.unwrap();
    linked
}

fn definition(stages: &[(&str, &Environment)]) -> Definition {
    Definition {
        description: Description::default(),
        tags: Tags::default(),
        stages: stages
            .iter()
            .map(|(name, environment)| {
                serde_json::from_value::<Stage>(
                    json!({"name": name, "environmentId": environment.id, "manualApproval": false}),
                )
                .unwrap()
            })
            .collect(),
    }
}

fn creation(names: &Names, cicd: &Environment, stages: &[(&str, &Environment)]) -> Transition {
    let new = NewPipeline {
        stage_teams: stages
            .iter()
            .map(|(_, environment)| environment.team.clone())
            .collect(),
        id: names.pipeline(),
        name: "sales".parse().unwrap(),
        team: names.team(),
        cicd,
        strategy: Strategy::Trunk,
        definition: definition(stages),
    };
    lifecycle::create(new, names.request(0))
}

async fn listed(store: &impl Store, listing: Listing) -> Vec<PipelineId> {
    let entries = Listings::<Pipeline>::entries(store, &listing, None, 100).await;
    let records = entries.unwrap().into_iter().filter_map(|entry| entry.record);
    records.map(|pipeline| pipeline.id).collect()
}

async fn listed_in_environment(store: &impl Store, environment: &Environment) -> Vec<PipelineId> {
    listed(store, Listing::Environment(environment.id.clone())).await
}

async fn count(store: &impl Store, id: &EnvironmentId) -> u32 {
    store.environment(id).await.unwrap().unwrap().pipeline_count
}

async fn present(store: &impl Store, id: &PipelineId) -> Pipeline {
    store.pipeline(id).await.unwrap().unwrap()
}

fn assert_changed_meanwhile(result: domain::Result<()>) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::ConcurrentChange(_)), "{error:?}");
}

pub async fn a_created_pipeline_is_there_with_all_that_belongs_to_it(store: &impl Store) {
    let names = Names::of("created");
    let (cicd, dev) = (
        link(store, names.environment(0)).await,
        link(store, names.environment(1)).await,
    );
    let transition = creation(&names, &cicd, &[("dev", &dev)]);
    store.commit_pipeline(&transition, None).await.unwrap();
    let id = names.pipeline();
    assert_eq!(present(store, &id).await, transition.after);
    let deployment = store.deployment(&id, &names.deployment(0)).await.unwrap();
    assert_eq!(deployment, transition.queued);
    for listing in [
        Listing::Team(names.team()),
        Listing::Environment(cicd.id.clone()),
        Listing::Environment(dev.id.clone()),
    ] {
        assert_eq!(listed(store, listing).await, std::slice::from_ref(&id));
    }
    assert_eq!(
        (count(store, &cicd.id).await, count(store, &dev.id).await),
        (1, 1)
    );
    let ids = BTreeSet::from([&cicd.id, &dev.id]);
    assert_eq!(store.environments(&ids).await.unwrap().len(), 2);
}

pub async fn an_id_is_taken_once(store: &impl Store) {
    let names = Names::of("taken");
    let cicd = link(store, names.environment(0)).await;
    let first = creation(&names, &cicd, &[("dev", &cicd)]);
    store.commit_pipeline(&first, None).await.unwrap();
    let second = creation(&names, &cicd, &[("other", &cicd)]);
    assert_changed_meanwhile(store.commit_pipeline(&second, None).await);
    assert_eq!(present(store, &names.pipeline()).await, first.after);
    assert_eq!(count(store, &cicd.id).await, 1);
}

pub async fn every_transition_is_read_back_as_it_was_written(store: &impl Store) {
    let names = Names::of("story");
    let (cicd, dev) = (
        link(store, names.environment(0)).await,
        link(store, names.environment(1)).await,
    );
    let id = names.pipeline();
    let committed = async |transition: Transition| {
        store.commit_pipeline(&transition, None).await.unwrap();
        assert_eq!(present(store, &id).await, transition.after);
        for deployment in transition.queued.iter().chain(&transition.updated) {
            let read = store.deployment(&id, &deployment.id).await.unwrap();
            assert_eq!(read.as_ref(), Some(deployment));
        }
        transition.after
    };
    let deployment = async |number| {
        store
            .deployment(&id, &names.deployment(number))
            .await
            .unwrap()
            .unwrap()
    };
    let created = committed(creation(&names, &cicd, &[("dev", &dev)])).await;
    let run = deployment(0).await;
    let started = lifecycle::started(&created, &run, "arn:execution:0", AT)
        .unwrap()
        .unwrap();
    let running = committed(started).await;
    let mut wanted = definition(&[("dev", &dev), ("prod", &cicd)]);
    wanted.description = Description::parse("What sales need").unwrap();
    wanted.tags = serde_json::from_value(json!({"cost-center": "42"})).unwrap();
    let orphans: Vec<Orphan> = serde_json::from_value(json!([{
        "stage": "old", "accountId": dev.account_id, "region": "eu-west-1", "stackName": "dataall-sales-old",
    }]))
    .unwrap();
    let placement = Placement {
        orphans,
        stage_teams: BTreeSet::from([names.team()]),
    };
    let under_way = Holder::UnderWay(run);
    let change = lifecycle::change(&running, wanted, placement, &under_way, names.request(1)).unwrap();
    let changed = committed(change.unwrap()).await;
    let outcome = RunOutcome {
        stack_id: Some("arn:stack".to_owned()),
        environments: Some([(dev.id.clone(), dev.deployed_settings())].into()),
        templates: Some([("the-stack".to_owned(), "ab".to_owned())].into()),
        stages_closed: false,
    };
    let succeeded = deployment(0).await.succeeded(AT);
    let completed = lifecycle::completed(&changed, &succeeded, &outcome, names.deployment(2), AT);
    let handed_over = committed(completed.unwrap()).await;
    assert_eq!(handed_over.active_deployment, Some(names.deployment(2)));
    let run = deployment(2).await;
    let under_way = Holder::UnderWay(run.clone());
    let delete = lifecycle::request_deletion(&handed_over, &under_way, true, names.request(3)).unwrap();
    let deleting = committed(delete.unwrap()).await;
    assert!(deleting.deletion.is_some());
    let failure = Failure {
        error: "StackFailed".to_owned(),
        cause: "the reason".to_owned(),
    };
    let failed = run.failed(failure, AT);
    let completed = lifecycle::completed(
        &deleting,
        &failed,
        &RunOutcome::default(),
        names.deployment(4),
        AT,
    );
    let waiting = committed(completed.unwrap()).await;
    // Nothing of the deletion that waited is left behind.
    assert_eq!(
        (waiting.status, &waiting.deletion),
        (PipelineStatus::Deleting, &None)
    );
    let deletion = deployment(4).await.succeeded(AT);
    let gone = lifecycle::deleted(&waiting, &deletion, waiting.orphans.clone(), AT).unwrap();
    let gone = committed(gone.unwrap()).await;
    assert_eq!(
        (gone.status, gone.active_deployment),
        (PipelineStatus::Deleted, None)
    );
}

pub async fn a_transition_from_an_old_version_writes_nothing(store: &impl Store) {
    let names = Names::of("stale");
    let (cicd, dev) = (
        link(store, names.environment(0)).await,
        link(store, names.environment(1)).await,
    );
    let creation = creation(&names, &cicd, &[("dev", &cicd)]);
    store.commit_pipeline(&creation, None).await.unwrap();
    let read = present(store, &names.pipeline()).await;
    let change = |number: u64, stages: &[(&str, &Environment)]| {
        lifecycle::change(
            &read,
            definition(stages),
            Placement::default(),
            &Holder::Nobody,
            names.request(number),
        )
        .unwrap()
        .unwrap()
    };
    let first = change(1, &[("first", &cicd)]);
    let second = change(2, &[("second", &dev)]);
    store.commit_pipeline(&first, None).await.unwrap();
    assert_changed_meanwhile(store.commit_pipeline(&second, None).await);
    assert_eq!(present(store, &names.pipeline()).await, first.after);
    let unrecorded = store.deployment(&names.pipeline(), &names.deployment(2)).await;
    assert_eq!(unrecorded.unwrap(), None);
    assert_eq!(count(store, &dev.id).await, 0);
    assert_eq!(listed_in_environment(store, &dev).await, []);
}

pub async fn a_record_from_before_there_were_versions_counts_as_version_0(
    store: &impl Store,
    forget_version: impl AsyncFn(PipelineId),
) {
    let names = Names::of("old");
    let cicd = link(store, names.environment(0)).await;
    let creation = creation(&names, &cicd, &[("dev", &cicd)]);
    store.commit_pipeline(&creation, None).await.unwrap();
    forget_version(names.pipeline()).await;
    let old = present(store, &names.pipeline()).await;
    assert_eq!(old.version, 0);
    let (_, first) = lifecycle::redeploy(&old, &Holder::Nobody, names.request(1)).unwrap();
    let (_, second) = lifecycle::redeploy(&old, &Holder::Nobody, names.request(2)).unwrap();
    store.commit_pipeline(&first, None).await.unwrap();
    assert_eq!(present(store, &names.pipeline()).await.version, 1);
    assert_changed_meanwhile(store.commit_pipeline(&second, None).await);
}

pub async fn listings_and_counts_follow_the_stages(store: &impl Store) {
    let names = Names::of("moves");
    let (cicd, old, new) = (
        link(store, names.environment(0)).await,
        link(store, names.environment(1)).await,
        link(store, names.environment(2)).await,
    );
    let creation = creation(&names, &cicd, &[("dev", &old), ("also", &old)]);
    store.commit_pipeline(&creation, None).await.unwrap();
    let wanted = definition(&[("dev", &new)]);
    let change = lifecycle::change(
        &creation.after,
        wanted,
        Placement::default(),
        &Holder::UnderWay(creation.queued.clone().unwrap()),
        names.request(1),
    )
    .unwrap();
    store.commit_pipeline(&change.unwrap(), None).await.unwrap();
    assert_eq!(listed_in_environment(store, &old).await, []);
    assert_eq!(listed_in_environment(store, &new).await, [names.pipeline()]);
    let counts = (
        count(store, &cicd.id).await,
        count(store, &old.id).await,
        count(store, &new.id).await,
    );
    assert_eq!(counts, (1, 0, 1));
}

/// The revisions of `pipeline` in pages of `limit`.
async fn revisions(store: &impl Store, pipeline: &PipelineId, limit: usize) -> Vec<KeptRevision> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = store.revisions(pipeline, after.as_deref(), limit).await.unwrap();
        let end = page.len() < limit;
        after = page.last().map(|entry| entry.key.clone());
        all.extend(page.into_iter().filter_map(|entry| entry.record));
        if end {
            return all;
        }
    }
}

pub async fn revisions_are_kept_with_what_makes_them_and_the_oldest_goes(store: &impl Store) {
    let names = Names::of("revisions");
    let cicd = link(store, names.environment(0)).await;
    let id = names.pipeline();
    let created = creation(&names, &cicd, &[("dev", &cicd)]);
    store.commit_pipeline(&created, None).await.unwrap();
    assert_eq!(revisions(store, &id, 2).await, created.revisions);
    let redefined = |before: &Pipeline, number: u64| {
        let definition = Definition {
            description: Description::parse(format!("number {number}")).unwrap(),
            ..before.definition()
        };
        let run = created.queued.clone().unwrap();
        let holder = Holder::UnderWay(run);
        // It waits for the run, so that no deployment is queued.
        let request = names.request(1);
        lifecycle::change(before, definition, Placement::default(), &holder, request)
            .unwrap()
            .unwrap()
    };
    let changed = redefined(&created.after, 2);
    store.commit_pipeline(&changed, None).await.unwrap();
    // Who is late keeps nothing either.
    assert_changed_meanwhile(store.commit_pipeline(&redefined(&created.after, 7), None).await);
    let second = changed.revisions[0].clone();
    assert_eq!(store.revision(&id, Revision(2)).await.unwrap(), Some(second));
    let mut present = changed.after;
    for number in 3..=KEPT_REVISIONS + 2 {
        let next = redefined(&present, number.into());
        store.commit_pipeline(&next, None).await.unwrap();
        present = next.after;
    }
    let kept = revisions(store, &id, 30).await;
    let numbers: Vec<u32> = kept.iter().map(|kept| kept.revision.0).collect();
    assert_eq!(
        numbers,
        (3..=KEPT_REVISIONS + 2).rev().collect::<Vec<_>>(),
        "the newest first"
    );
    assert_eq!(kept[0].definition, present.definition());
    assert_eq!(store.revision(&id, Revision(2)).await.unwrap(), None);
    let made_up = store.revisions(&id, Some("DEPLOYMENT#1"), 5).await;
    assert!(matches!(made_up, Err(Error::Invalid(_))), "{made_up:?}");
}

/// With everything that a change may bring, and as many environments and teams as it may replace at once: the table takes 100 writes.
pub async fn the_largest_change_is_written_at_once(store: &impl Store) {
    // Each environment comes or goes with a listing, a count and a team: 90 places, as many as changes may have.
    const STAGES: u64 = 15;
    let names = Names::of("largest");
    let cicd = link(store, names.environment(0)).await;
    let mut environments = Vec::new();
    for number in 1..=2 * STAGES {
        let team = TeamName::parse(format!("{}-{number}", names.team())).unwrap();
        let environment = Environment {
            team,
            ..names.environment(number)
        };
        environments.push(link(store, environment).await);
    }
    let stages = |environments: &[Environment]| {
        let names: Vec<String> = (0..environments.len())
            .map(|number| format!("s{number}"))
            .collect();
        let pairs: Vec<_> = names.iter().map(String::as_str).zip(environments).collect();
        definition(&pairs)
    };
    let teams = |environments: &[Environment]| environments.iter().map(|one| one.team.clone()).collect();
    let (old, new) = environments.split_at(usize::try_from(STAGES).unwrap());
    let pairs: Vec<(&str, &Environment)> = Vec::new();
    let mut created = creation(&names, &cicd, &pairs);
    created.after.stages = stages(old).stages;
    created.after.stage_teams = teams(old);
    created.after.revisions_since = None;
    store.commit_pipeline(&created, None).await.unwrap();
    let placement = Placement {
        stage_teams: teams(new),
        ..Placement::default()
    };
    let died = Holder::Died(created.queued.unwrap());
    let changed = lifecycle::change(&created.after, stages(new), placement, &died, names.request(1));
    let changed = changed.unwrap().unwrap();
    let (listings, used) = (changed.listings(), changed.environments());
    let places = [
        listings.added.len(),
        listings.removed.len(),
        used.added.len(),
        used.removed.len(),
    ];
    assert_eq!(places.iter().sum::<usize>(), 90);
    let everything = (
        &changed.queued,
        &changed.updated,
        &changed.audit,
        changed.contributor(),
    );
    assert!(
        matches!(everything, (Some(_), Some(_), Some(_), Some(_))),
        "{everything:?}"
    );
    assert_eq!(changed.revisions.len(), 2);
    let asking = Username::parse("alice").unwrap();
    let request = Idempotency::new(&asking, names.pipeline().to_string(), "key".to_owned(), None);
    let answer = Answer::to(Some(&request), &changed.after).unwrap();
    store.commit_pipeline(&changed, answer.as_ref()).await.unwrap();
    assert_eq!(present(store, &names.pipeline()).await, changed.after);
}

pub async fn a_deleted_pipeline_is_listed_nowhere_and_used_by_nothing(store: &impl Store) {
    let names = Names::of("deleted");
    let cicd = link(store, names.environment(0)).await;
    let creation = creation(&names, &cicd, &[("dev", &cicd)]);
    store.commit_pipeline(&creation, None).await.unwrap();
    let queued: Deployment = creation.queued.clone().unwrap();
    let gone = lifecycle::deleted(&creation.after, &queued.succeeded(AT), Vec::new(), AT).unwrap();
    store.commit_pipeline(&gone.unwrap(), None).await.unwrap();
    for listing in [Listing::Team(names.team()), Listing::Environment(cicd.id.clone())] {
        assert_eq!(listed(store, listing).await, []);
    }
    assert_eq!(count(store, &cicd.id).await, 0);
    let left = present(store, &names.pipeline()).await;
    assert_eq!(left.status, PipelineStatus::Deleted);
    let history = store.deployment(&left.id, &names.deployment(0)).await.unwrap();
    assert_eq!(history.unwrap().status, DeploymentStatus::Succeeded);
}

pub async fn a_team_has_as_many_pipelines_as_are_not_deleted(store: &impl Store) {
    let names = Names::of("owned");
    let team = names.team();
    let teams = BTreeSet::from([team.clone(), TeamName::parse(format!("{team}-other")).unwrap()]);
    let owned = async || {
        let counts = store.pipelines_of_teams(&teams).await.unwrap();
        counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect::<Vec<_>>()
    };
    assert_eq!(owned().await, []);
    let cicd = link(store, names.environment(0)).await;
    let creation = creation(&names, &cicd, &[("dev", &cicd)]);
    store.commit_pipeline(&creation, None).await.unwrap();
    assert_eq!(owned().await, [(team, 1)]);
    let queued: Deployment = creation.queued.clone().unwrap();
    let gone = lifecycle::deleted(&creation.after, &queued.succeeded(AT), Vec::new(), AT).unwrap();
    store.commit_pipeline(&gone.unwrap(), None).await.unwrap();
    assert_eq!(owned().await, []);
}

pub async fn redeployments_are_listed_newest_first_for_their_teams(store: &impl Store) {
    let names = Names::of("redeployments");
    let (team, now) = (names.team(), OffsetDateTime::now_utc());
    let mut expected = Vec::new();
    for (number, minutes) in [(0, 3), (1, 1), (2, 2)] {
        let redeployment: Redeployment = serde_json::from_value(json!({
            "redeploymentId": format!("6b7c0f0e-8d0a-4b4e-9f5e-{}", names.text(90 + number, 12, b"0123456789abcdef")),
            "target": {"environmentId": names.environment(0).id}, "cause": {"kind": "REQUESTED"}, "requestedBy": "alice",
            "requestedAt": (now - Duration::minutes(minutes)).format(&Rfc3339).unwrap(), "listedFor": [&team],
        }))
        .unwrap();
        for _ in 0..2 {
            assert_eq!(
                store.record(&redeployment, None, None).await.unwrap(),
                redeployment
            );
        }
        expected.push((minutes, redeployment));
    }
    expected.sort_by_key(|(minutes, _)| *minutes);
    let expected: Vec<Redeployment> = expected
        .into_iter()
        .map(|(_, redeployment)| redeployment)
        .collect();
    let read = async |listing: Listing, after: Option<&str>, limit| {
        let entries = Listings::<Redeployment>::entries(store, &listing, after, limit).await;
        entries.unwrap()
    };
    let first = read(Listing::Team(team.clone()), None, 2).await;
    let rest = read(Listing::Team(team), Some(&first[1].key), 2).await;
    let listed: Vec<_> = first
        .into_iter()
        .chain(rest)
        .filter_map(|entry| entry.record)
        .collect();
    assert_eq!(listed, expected);
    let all = read(Listing::All, None, 100).await;
    let all: Vec<Redeployment> = all.into_iter().filter_map(|entry| entry.record).collect();
    assert!(expected.iter().all(|redeployment| all.contains(redeployment)));
}

pub async fn a_pipeline_needs_its_environments(store: &impl Store) {
    let names = Names::of("unlinked");
    let (cicd, dev) = (
        link(store, names.environment(0)).await,
        link(store, names.environment(1)).await,
    );
    let creation = creation(&names, &cicd, &[("dev", &dev)]);
    store.commit_environment(&dev.unlinked(), None).await.unwrap();
    assert_changed_meanwhile(store.commit_pipeline(&creation, None).await);
    assert_eq!(store.pipeline(&names.pipeline()).await.unwrap(), None);
    assert_eq!(count(store, &cicd.id).await, 0);
    assert_eq!(listed(store, Listing::Team(names.team())).await, []);
}

pub async fn an_account_and_region_is_linked_once(store: &impl Store) {
    let names = Names::of("twice");
    let first = link(store, names.environment(0)).await;
    let twin = Environment {
        account_id: first.account_id.clone(),
        ..names.environment(1)
    };
    let (_, linking) = twin.clone().linked(UnverifiedLinks::default());
    let error = store.commit_environment(&linking, None).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
    assert_eq!(store.environment(&twin.id).await.unwrap(), None);
    store.commit_environment(&first.unlinked(), None).await.unwrap();
    assert_eq!(store.environment(&first.id).await.unwrap(), None);
    store.commit_environment(&linking, None).await.unwrap();
    assert!(store.environment(&twin.id).await.unwrap().is_some());
}

/// The links of one user in one account and region that wait for a verification.
async fn waiting(store: &impl Store, names: &Names, count: u64, since: OffsetDateTime) -> Vec<Environment> {
    let owner = Username::parse(names.team().as_str()).unwrap();
    let account_id = names.environment(0).account_id;
    let mut links = Vec::new();
    for number in 0..count {
        let environment = Environment {
            account_id: account_id.clone(),
            unverified_since: Some(since),
            owner: owner.clone(),
            ..names.environment(number)
        };
        let (beside, _) = store.unverified_links(&owner).await.unwrap();
        let (linked, transition) = environment.linked(beside);
        store.commit_environment(&transition, None).await.unwrap();
        links.push(linked);
    }
    links
}

async fn unverified(store: &impl Store, links: &[Environment]) -> usize {
    let (links, environments) = store.unverified_links(&links[0].owner).await.unwrap();
    assert_eq!(
        links.ids,
        environments.iter().map(|found| found.id.clone()).collect()
    );
    links.ids.len()
}

pub async fn the_first_verified_link_reserves_an_account_and_region(store: &impl Store) {
    let names = Names::of("several");
    let links = waiting(store, &names, 3, OffsetDateTime::now_utc()).await;
    assert_eq!(unverified(store, &links).await, 3);
    let (first, verified) = links[1].verified(Vec::new(), None, AT);
    store.commit_environment(&verified, None).await.unwrap();
    assert_eq!(first.unverified_since, None);
    assert_eq!(unverified(store, &links).await, 2);
    let (_, verified) = links[0].verified(Vec::new(), None, AT);
    let error = store.commit_environment(&verified, None).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
    assert_eq!(
        store.environment(&links[0].id).await.unwrap(),
        Some(links[0].clone())
    );
    // Verified again it keeps what it has; one that waits frees nothing.
    let (again, verified) = first.verified(Vec::new(), None, AT);
    store.commit_environment(&verified, None).await.unwrap();
    store
        .commit_environment(&links[2].unlinked(), None)
        .await
        .unwrap();
    let (_, verified) = links[0].verified(Vec::new(), None, AT);
    assert!(store.commit_environment(&verified, None).await.is_err());
    store.commit_environment(&again.unlinked(), None).await.unwrap();
    store.commit_environment(&verified, None).await.unwrap();
    assert_eq!(unverified(store, &links).await, 0);
}

pub async fn a_link_that_has_expired_is_gone(store: &impl Store) {
    let names = Names::of("expired");
    let links = waiting(store, &names, 1, AT - Duration::days(8)).await;
    let [link] = links.as_slice() else {
        panic!("{links:?}")
    };
    assert_eq!(store.environment(&link.id).await.unwrap(), None);
    assert_eq!(store.environments(&BTreeSet::from([&link.id])).await.unwrap(), []);
    let listing = Listing::Team(names.team());
    let entries = Listings::<Environment>::entries(store, &listing, None, 100)
        .await
        .unwrap();
    assert!(entries.iter().all(|entry| entry.record.is_none()), "{entries:?}");
    // Its user's next link finds it and removes it.
    assert_eq!(unverified(store, &links).await, 1);
    store.commit_environment(&link.unlinked(), None).await.unwrap();
    assert_eq!(unverified(store, &links).await, 0);
    let entries = Listings::<Environment>::entries(store, &listing, None, 100)
        .await
        .unwrap();
    assert!(entries.is_empty(), "{entries:?}");
}

pub async fn the_links_of_a_user_that_wait_are_written_one_after_the_other(store: &impl Store) {
    let names = Names::of("beside");
    let links = waiting(store, &names, 1, OffsetDateTime::now_utc()).await;
    let (beside, _) = store.unverified_links(&links[0].owner).await.unwrap();
    let another = |number| Environment {
        unverified_since: links[0].unverified_since,
        owner: links[0].owner.clone(),
        ..names.environment(number)
    };
    let (_, second) = another(1).linked(beside.clone());
    let (_, third) = another(2).linked(beside);
    store.commit_environment(&second, None).await.unwrap();
    assert_changed_meanwhile(store.commit_environment(&third, None).await);
    assert_eq!(unverified(store, &links).await, 2);
}

pub async fn an_environment_that_changed_meanwhile_is_not_written(store: &impl Store) {
    let names = Names::of("meanwhile");
    let read = link(store, names.environment(0)).await;
    // A pipeline that begins to use it is a change: nobody unlinks the environment under it.
    let creation = creation(&names, &read, &[("dev", &read)]);
    store.commit_pipeline(&creation, None).await.unwrap();
    assert_changed_meanwhile(store.commit_environment(&read.unlinked(), None).await);
    let (_, verified) = read.verified(Vec::new(), None, AT);
    assert_changed_meanwhile(store.commit_environment(&verified, None).await);
    assert_eq!(count(store, &read.id).await, 1);
}

pub async fn an_environment_is_read_back_as_it_was_written(store: &impl Store) {
    let names = Names::of("environment");
    let linked = link(store, names.environment(0)).await;
    assert_eq!(store.environment(&linked.id).await.unwrap(), Some(linked.clone()));
    let problem = EnvironmentProblem {
        code: "EnvironmentNotBootstrapped".to_owned(),
        detail: "there is no bootstrap".to_owned(),
        command: Some("cdk bootstrap".to_owned()),
    };
    let (verified, transition) = linked.verified(vec![problem], None, AT);
    store.commit_environment(&transition, None).await.unwrap();
    assert_eq!(
        store.environment(&linked.id).await.unwrap(),
        Some(verified.clone())
    );
    let invited = TeamName::parse(format!("{}-too", names.team())).unwrap();
    let mut wanted = verified.clone();
    wanted.invited_teams.insert(invited.clone());
    wanted.bootstrap_qualifier = "team42".parse().unwrap();
    let redeployment: Redeployment = serde_json::from_value(json!({
        "redeploymentId": format!("6b7c0f0e-8d0a-4b4e-9f5e-{}", names.text(99, 12, b"0123456789abcdef")),
        "target": {"environmentId": linked.id}, "cause": {"kind": "ENVIRONMENT_CHANGED", "environmentId": linked.id},
        "requestedBy": "alice", "requestedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap();
    let (changed, transition) = verified.changed(wanted, Some(redeployment), AT);
    store.commit_environment(&transition, None).await.unwrap();
    assert_eq!(
        store.environment(&linked.id).await.unwrap(),
        Some(changed.clone())
    );
    assert_eq!((changed.revision, changed.version), (Revision(2), 3));
    let entries = Listings::<Environment>::entries(store, &Listing::Team(invited), None, 100).await;
    assert_eq!(entries.unwrap().len(), 1);
}

pub async fn an_answer_is_kept_with_what_it_answers_or_not_at_all(store: &impl Store) {
    let names = Names::of("answers");
    let cicd = link(store, names.environment(0)).await;
    let creation = creation(&names, &cicd, &[("dev", &cicd)]);
    let key = |key: &str| {
        let owner = Username::parse("alice").unwrap();
        Idempotency::new(&owner, names.team().to_string(), key.to_owned(), None)
    };
    let (first, second) = (key("first"), key("second"));
    let answer = Answer::to(Some(&first), &creation.after).unwrap();
    store.commit_pipeline(&creation, answer.as_ref()).await.unwrap();
    let kept = store.kept(&first).await.unwrap().unwrap();
    let record: Pipeline = serde_json::from_str(&kept.snapshot).unwrap();
    assert_eq!(record, creation.after);
    // What fails keeps no answer, and a key that is taken lets nothing be written.
    let answer = Answer::to(Some(&second), &creation.after).unwrap();
    assert_changed_meanwhile(store.commit_pipeline(&creation, answer.as_ref()).await);
    assert_eq!(store.kept(&second).await.unwrap(), None);
    let (_, redeployment) = lifecycle::redeploy(&creation.after, &Holder::Nobody, names.request(1)).unwrap();
    let twin = Answer::to(Some(&first), &creation.after).unwrap();
    assert_changed_meanwhile(store.commit_pipeline(&redeployment, twin.as_ref()).await);
    assert_eq!(present(store, &names.pipeline()).await, creation.after);
    let answer = Answer::to(Some(&second), &"done").unwrap().unwrap();
    store.keep(&answer).await.unwrap();
    assert_changed_meanwhile(store.keep(&answer).await);
}

pub async fn a_place_that_is_none_in_the_listing_is_bad_input(store: &impl Store) {
    let names = Names::of("forged");
    let listing = Listing::Team(names.team());
    let long = format!("PIPELINE#{}", "x".repeat(2_000));
    for after in ["", "A", "ENVIRONMENT#1", "PIPELINE", long.as_str()] {
        let entries = Listings::<Pipeline>::entries(store, &listing, Some(after), 20).await;
        assert!(
            matches!(entries, Err(Error::Invalid(_))),
            "{after:?}: {entries:?}"
        );
    }
    let behind_the_last = Listings::<Pipeline>::entries(store, &listing, Some("PIPELINE#~"), 20).await;
    assert_eq!(behind_the_last.unwrap(), []);
}

pub async fn requests_are_counted_by_user_and_window(store: &impl Store) {
    let names = Names::of("limits");
    let user = |name: &str| Username::parse(format!("{name}-{}", names.team())).unwrap();
    let (alice, bob) = (user("alice"), user("bob"));
    let limit = RateLimit::writes(2);
    let noon = time::macros::datetime!(2100-01-01 12:00 UTC);
    let at = |seconds| noon + Duration::seconds(seconds);
    for second in [0, 59] {
        limit.check(store, &alice, at(second)).await.unwrap();
    }
    for (second, left) in [(59, 1), (10, 50)] {
        let refused = limit.check(store, &alice, at(second)).await.unwrap_err();
        let Error::TooManyRequests {
            limit: 2,
            retry_after,
            ..
        } = refused
        else {
            panic!("{refused}")
        };
        assert_eq!(retry_after, left);
    }
    limit.check(store, &alice, at(60)).await.unwrap();
    limit.check(store, &bob, at(59)).await.unwrap();
    let credentials = RateLimit::credentials(&names.pipeline(), 1);
    credentials.check(store, &alice, at(0)).await.unwrap();
    assert!(credentials.check(store, &alice, at(3_599)).await.is_err());
    credentials.check(store, &alice, at(3_600)).await.unwrap();
}

/// What the store of [`there_are_no_more_pipelines_than_the_quotas_allow`] allows.
pub const QUOTAS: PipelineQuotas = PipelineQuotas {
    team: 2,
    cicd_environment: 3,
};

/// The store has the quotas [`QUOTAS`].
pub async fn there_are_no_more_pipelines_than_the_quotas_allow(store: &impl Store) {
    let names = Names::of("quotas");
    let cicd = link(store, names.environment(0)).await;
    let other = link(store, names.environment(1)).await;
    let made = async |number: u64, team: &str, cicd: &Environment| {
        let mut creation = creation(&names, cicd, &[("dev", cicd)]);
        let id = PipelineId::parse(format!(
            "q{}",
            names.text(70 + number, 7, b"abcdefghijkmnpqrstuvwxyz")
        ))
        .unwrap();
        creation.after.team = TeamName::parse(format!("{team}-{}", names.team())).unwrap();
        creation.after.id = id.clone();
        if let Some(queued) = &mut creation.queued {
            queued.pipeline_id = id;
            queued.id = names.deployment(80 + number);
            creation.after.active_deployment = Some(queued.id.clone());
        }
        store.commit_pipeline(&creation, None).await.map(|()| creation)
    };
    let full =
        |made: domain::Result<Transition>| assert!(matches!(made, Err(Error::QuotaExceeded(_))), "{made:?}");
    let first = made(0, "one", &cicd).await.unwrap();
    made(1, "one", &cicd).await.unwrap();
    full(made(2, "one", &other).await);
    made(3, "two", &cicd).await.unwrap();
    full(made(4, "two", &cicd).await);
    made(5, "two", &other).await.unwrap();
    let queued = first.queued.clone().unwrap();
    let gone = lifecycle::deleted(&first.after, &queued.succeeded(AT), Vec::new(), AT).unwrap();
    store.commit_pipeline(&gone.unwrap(), None).await.unwrap();
    made(6, "one", &cicd).await.unwrap();
    full(made(7, "one", &other).await);
}
