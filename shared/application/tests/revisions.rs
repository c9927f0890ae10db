//! Revisions: what is kept of each, who sees them, and coming back to one.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use std::collections::BTreeMap;

use application::{
    environments::link::link,
    pipelines::{change::ChangePipelines, create::create, delete::DeletePipelines},
    records::{
        idempotency::Idempotency,
        listing::{PageRequest, Position},
    },
    revisions::list::{Revisions, list},
};
use domain::{
    Error, Problems, Result,
    audit::{Action, AuditOutcome},
    environment::Environment,
    input,
    permissions::Caller,
    pipeline::Pipeline,
    prefix::Prefix,
    revision::{KEPT_REVISIONS, Revision},
    tags::{MAX_KEY, MAX_TAGS, MAX_VALUE, Tags},
};
use serde_json::{Value, json};
use support::{Machine, Records, caller, rules};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// Alice's pipeline; its stage prod, with an approval, is in an account of Olga's team, which has invited Alice's.
struct Scene {
    records: Records,
    machine: Machine,
    alice: Caller,
    olga: Caller,
    dev: Environment,
    prod: Environment,
    pipeline: Pipeline,
}

async fn environment(records: &Records, owner: &Caller, account: &str) -> Environment {
    let team = owner.teams.first().unwrap().as_str();
    let wanted = json!({"label": "an account", "accountId": account, "region": "eu-west-1", "team": team,
        "invitedTeams": ["research"]});
    let wanted = input::parse(&wanted).unwrap();
    link(records, &rules(), owner, wanted, None, NOW).await.unwrap()
}

fn stage(name: &str, environment: &Environment, approval: bool) -> Value {
    json!({"name": name, "environmentId": environment.id.as_str(), "manualApproval": approval})
}

impl Scene {
    async fn new() -> Self {
        let (records, machine) = (Records::default(), Machine::default());
        let (alice, olga) = (caller("alice", &["research"]), caller("olga", &["operations"]));
        let dev = environment(&records, &alice, "222222222222").await;
        let prod = environment(&records, &olga, "333333333333").await;
        let wanted = json!({
            "name": "sales", "team": "research", "strategy": "cdk-trunk", "cicdEnvironmentId": dev.id.as_str(),
            "stages": [stage("dev", &dev, false), stage("prod", &prod, true)],
        });
        let wanted = input::parse(&wanted).unwrap();
        let pipeline = create(&records, &Prefix::default(), &alice, wanted, None, NOW)
            .await
            .unwrap();
        Self {
            records,
            machine,
            alice,
            olga,
            dev,
            prod,
            pipeline,
        }
    }

    fn pipelines<'a>(&'a self, prefix: &'a Prefix) -> ChangePipelines<'a, Records, Machine> {
        ChangePipelines {
            store: &self.records,
            executions: &self.machine,
            prefix,
        }
    }

    async fn change(&self, body: Value) -> Pipeline {
        let prefix = Prefix::default();
        let pipelines = self.pipelines(&prefix);
        let (id, wanted) = (&self.pipeline.id, input::parse(&body).unwrap());
        let changed = pipelines.change(&self.alice, id, wanted, None, NOW + Duration::HOUR);
        changed.await.unwrap()
    }

    async fn restore_as(
        &self,
        caller: &Caller,
        revision: u32,
        request: Option<&Idempotency>,
        expected: Option<&[Revision]>,
    ) -> Result<Pipeline> {
        let prefix = Prefix::default();
        let pipelines = self.pipelines(&prefix);
        let (id, revision) = (&self.pipeline.id, Revision(revision));
        pipelines
            .restore(caller, id, revision, request, expected, NOW)
            .await
    }

    async fn restore(&self, revision: u32) -> Result<Pipeline> {
        self.restore_as(&self.alice, revision, None, None).await
    }

    async fn list_as(&self, caller: &Caller, limit: usize, start: Position) -> Result<Revisions> {
        list(
            &self.records,
            caller,
            &self.pipeline.id,
            &PageRequest { limit, start },
        )
        .await
    }

    async fn list(&self) -> Revisions {
        self.list_as(&self.alice, 100, Position::default()).await.unwrap()
    }

    async fn numbers(&self) -> Vec<u32> {
        let listed = self.list().await.page.items;
        listed.iter().map(|kept| kept.revision.0).collect()
    }

    fn present(&self) -> Pipeline {
        self.records.state().pipelines[self.pipeline.id.as_str()].clone()
    }

    /// What the owner of `environment` does to it.
    fn owner_changes(&self, environment: &Environment, change: impl FnOnce(&mut Environment)) {
        let mut state = self.records.state();
        change(state.environments.get_mut(environment.id.as_str()).unwrap());
    }
}

fn key(scene: &Scene, key: &str) -> Idempotency {
    let (user, operation) = (&scene.alice.username, "POST the restoration".to_owned());
    Idempotency::new(user, operation, key.to_owned(), None)
}

fn problems(error: Error) -> Problems {
    match error {
        Error::Invalid(problems) => problems,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_revision_tells_who_when_and_what() {
    let scene = Scene::new().await;
    scene
        .change(json!({"description": "new", "stages": [stage("dev", &scene.dev, false)]}))
        .await;
    let Revisions { page, environments } = scene.list().await;
    assert_eq!(page.next, None);
    let [second, first] = &page.items[..] else {
        panic!("{page:?}")
    };
    assert_eq!(
        (first.revision, first.action, &first.changes[..]),
        (
            Revision(1),
            Some(Action::CreatePipeline),
            &["created with the stages dev, prod".to_owned()][..]
        )
    );
    assert_eq!(first.definition, scene.pipeline.definition());
    assert_eq!(
        (second.revision, second.action),
        (Revision(2), Some(Action::ChangePipeline))
    );
    assert_eq!(second.changes, ["the description changed", "stage prod removed"]);
    for kept in [first, second] {
        assert_eq!(kept.by, scene.alice.username);
        assert_eq!(kept.request_id, scene.alice.request_id);
        assert!(kept.request_id.is_some());
    }
    assert_eq!((first.at, second.at), (NOW, NOW + Duration::HOUR));
    // Alice's team is invited to prod: its label is told, though the pipeline does not use it any more.
    assert_eq!(environments.len(), 2);
}

#[tokio::test]
async fn a_page_begins_where_the_last_one_ended() {
    let scene = Scene::new().await;
    for number in 2..=5 {
        scene.change(json!({"description": format!("{number}")})).await;
    }
    let (mut seen, mut start) = (Vec::new(), Some(Position::default()));
    while let Some(position) = start {
        let page = scene.list_as(&scene.alice, 2, position).await.unwrap().page;
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|kept| kept.revision.0));
        start = page.next;
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let made_up = Position {
        listing: 0,
        after: Some("DEPLOYMENT#1".to_owned()),
    };
    let error = scene.list_as(&scene.alice, 2, made_up).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)));
}

#[tokio::test]
async fn a_page_fits_an_answer_whatever_the_definitions_hold() {
    // Lambda answers with 6 MB at most: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    const MOST: usize = 6 * 1024 * 1024;
    let scene = Scene::new().await;
    for number in 2..=KEPT_REVISIONS {
        scene.change(json!({"description": format!("{number}")})).await;
    }
    let tags: BTreeMap<String, String> = (0..MAX_TAGS)
        .map(|number| {
            (
                format!("{number:02}{}", "\u{10400}".repeat(MAX_KEY - 2)),
                "\u{10400}".repeat(MAX_VALUE),
            )
        })
        .collect();
    let tags = Tags::try_from(tags).unwrap();
    for kept in scene.records.state().revisions.values_mut() {
        kept.definition.tags = tags.clone();
    }
    let (mut seen, mut pages, mut start) = (0, 0, Some(Position::default()));
    while let Some(position) = start {
        let page = scene.list_as(&scene.alice, 100, position).await.unwrap().page;
        let bytes = serde_json::to_vec(&page.items.iter().map(|kept| &kept.definition).collect::<Vec<_>>());
        assert!(bytes.unwrap().len() < MOST);
        seen += page.items.len();
        pages += 1;
        start = page.next;
    }
    assert_eq!((seen, pages), (100, 2));
}

#[tokio::test]
async fn who_may_read_the_pipeline_reads_its_revisions_and_who_may_change_it_restores_them() {
    let scene = Scene::new().await;
    scene
        .change(json!({"description": "new", "stages": [stage("dev", &scene.dev, false), stage("prod", &scene.prod, true)]}))
        .await;
    let (bob, root) = (
        caller("bob", &["marketing"]),
        caller("root", &["platform-admins"]),
    );
    let start = Position::default();
    let hers = scene.list_as(&scene.olga, 20, start.clone()).await.unwrap();
    assert_eq!(hers.page.items.len(), 2);
    let error = scene.list_as(&bob, 20, start).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "pipeline", .. }));
    let error = scene.restore_as(&bob, 1, None, None).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "pipeline", .. }));
    let error = scene.restore_as(&scene.olga, 1, None, None).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)));
    let restored = scene.restore_as(&root, 1, None, None).await.unwrap();
    assert_eq!(restored.revision, Revision(3));
}

#[tokio::test]
async fn labels_of_environments_that_are_left_are_for_those_who_may_see_them() {
    let scene = Scene::new().await;
    scene
        .change(json!({"stages": [stage("dev", &scene.dev, false)]}))
        .await;
    scene.owner_changes(&scene.prod, |prod| prod.invited_teams.clear());
    let Revisions { page, environments } = scene.list().await;
    assert_eq!(
        page.items[1].definition.stages.len(),
        2,
        "the definition stays whole"
    );
    assert_eq!(environments.keys().collect::<Vec<_>>(), [&scene.dev.id]);
}

#[tokio::test]
async fn a_restored_revision_is_a_new_one_that_is_deployed() {
    let scene = Scene::new().await;
    scene
        .change(
            json!({"description": "new", "tags": {"a": "b"}, "stages": [stage("dev", &scene.dev, false)]}),
        )
        .await;
    assert_eq!(scene.present().orphans.len(), 1);
    let restored = scene.restore(1).await.unwrap();
    assert_eq!(restored, scene.present());
    assert_eq!(restored.revision, Revision(3));
    assert_eq!(restored.definition(), scene.pipeline.definition());
    assert!(
        restored.orphans.is_empty(),
        "the stage takes its stack over again"
    );
    let kept = scene.list().await.page.items.remove(0);
    assert_eq!(
        (kept.restored, kept.action),
        (Some(Revision(1)), Some(Action::RestoreRevision))
    );
    assert_eq!(
        kept.changes,
        [
            "the description changed".to_owned(),
            "the tags changed".to_owned(),
            format!("stage prod added in {}", scene.prod.id)
        ]
    );
    let entry = scene.records.state().audit.last().unwrap().clone();
    assert_eq!(
        (entry.facts.action, entry.facts.outcome),
        (Action::RestoreRevision, AuditOutcome::Accepted)
    );
    let detail = entry.facts.detail.unwrap();
    assert!(
        detail.starts_with("revision 3 restores revision 1: the description changed"),
        "{detail}"
    );
    // It waits for the deployment of before, like every change; who restored it counts as its author.
    assert_eq!(restored.active_deployment, scene.pipeline.active_deployment);
    assert_eq!(restored.updated_by, Some(scene.alice.username));
}

#[tokio::test]
async fn to_restore_what_is_there_writes_nothing() {
    let scene = Scene::new().await;
    scene.change(json!({"description": "new"})).await;
    scene.change(json!({"description": null})).await;
    let (before, writes) = (scene.present(), scene.records.state().writes);
    // The present revision, and an earlier one that was the same; whichever revision was expected.
    for revision in [3, 1] {
        let expected = [Revision(2)];
        let restored = scene
            .restore_as(&scene.alice, revision, None, Some(&expected))
            .await;
        assert_eq!(restored.unwrap(), before);
    }
    assert_eq!(scene.records.state().writes, writes);
}

#[tokio::test]
async fn a_restoration_for_another_revision_is_refused() {
    let scene = Scene::new().await;
    scene.change(json!({"description": "new"})).await;
    let stale = [Revision(1)];
    let error = scene
        .restore_as(&scene.alice, 1, None, Some(&stale))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Stale { present: Revision(2) }));
    assert_eq!(scene.present().revision, Revision(2));
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer() {
    let scene = Scene::new().await;
    scene.change(json!({"description": "new"})).await;
    let (one, other) = (key(&scene, "one"), key(&scene, "other"));
    let same = |request| scene.restore_as(&scene.alice, 1, Some(request), None);
    let first = same(&one).await.unwrap();
    let nothing = same(&other).await.unwrap();
    assert_eq!((first.revision, nothing.revision), (Revision(3), Revision(3)));
    // Somebody changes it: neither request restores anything again, not even the one that had nothing to do.
    scene.change(json!({"description": "newest"})).await;
    assert_eq!(same(&one).await.unwrap(), first);
    assert_eq!(same(&other).await.unwrap(), nothing);
    assert_eq!(scene.present().revision, Revision(4));
}

#[tokio::test]
async fn an_unknown_revision_is_told_with_those_that_are_kept() {
    let scene = Scene::new().await;
    for number in 2..=KEPT_REVISIONS + 3 {
        scene.change(json!({"description": format!("{number}")})).await;
    }
    for unknown in [0, 1, 3, KEPT_REVISIONS + 4] {
        let error = scene.restore(unknown).await.unwrap_err();
        assert!(matches!(error, Error::RevisionNotKept { .. }), "{error:?}");
        let newest = KEPT_REVISIONS + 3;
        let told = error.to_string();
        assert!(
            told.contains(&format!("those from 4 to {newest} are kept")),
            "{told}"
        );
    }
    let numbers = scene.numbers().await;
    assert_eq!(numbers, (4..=KEPT_REVISIONS + 3).rev().collect::<Vec<_>>());
    scene.restore(4).await.unwrap();
}

#[tokio::test]
async fn what_its_owner_does_not_allow_any_more_is_not_restored() {
    let scene = Scene::new().await;
    scene
        .change(json!({"stages": [stage("dev", &scene.dev, false)]}))
        .await;
    scene.owner_changes(&scene.prod, |prod| prod.invited_teams.clear());
    let root = caller("root", &["platform-admins"]);
    for who in [&scene.alice, &root] {
        let error = scene.restore_as(who, 1, None, None).await.unwrap_err();
        let problems = problems(error);
        let [problem] = problems.as_slice() else {
            panic!("{problems}")
        };
        assert_eq!(problem.pointer.as_str(), "/stages/1/environmentId");
        assert!(
            problem.detail.starts_with("the stage prod of revision 1: "),
            "{problem:?}"
        );
    }
    assert_eq!(scene.present().revision, Revision(2));
    scene.owner_changes(&scene.prod, |prod| {
        prod.invited_teams.insert("research".parse().unwrap());
    });
    scene.restore(1).await.unwrap();
}

#[tokio::test]
async fn a_stage_whose_environment_is_gone_is_named() {
    let scene = Scene::new().await;
    scene
        .change(json!({"stages": [stage("dev", &scene.dev, false)]}))
        .await;
    let id = scene.prod.id.as_str();
    scene.records.state().environments.remove(id);
    let problems = problems(scene.restore(1).await.unwrap_err());
    let told = &problems.as_slice()[0].detail;
    assert!(
        told.starts_with("the stage prod of revision 1: there is no environment"),
        "{told}"
    );
    let listed = scene.list().await;
    assert!(!listed.environments.contains_key(&scene.prod.id));
}

#[tokio::test]
async fn an_approval_is_restored_away_by_the_owners_of_the_account_only() {
    let scene = Scene::new().await;
    // Olga's team drops the approval, then it is switched on again.
    let without = json!({"stages": [stage("dev", &scene.dev, false), stage("prod", &scene.prod, false)]});
    let prefix = Prefix::default();
    let both = caller("both", &["research", "operations"]);
    scene
        .pipelines(&prefix)
        .change(
            &both,
            &scene.pipeline.id,
            input::parse(&without).unwrap(),
            None,
            NOW,
        )
        .await
        .unwrap();
    scene.restore(1).await.unwrap();
    let kept = scene.list().await.page.items.remove(0);
    assert_eq!(
        kept.changes,
        ["stage prod with approval"],
        "more protection is for all who may change it"
    );
    let error = scene.restore(2).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
    let told = error.to_string();
    assert!(told.contains("operations") && told.contains("prod"), "{told}");
    let restored = scene.restore_as(&both, 2, None, None).await.unwrap();
    assert!(!restored.stages[1].manual_approval);
}

#[tokio::test]
async fn a_pipeline_from_before_begins_with_what_it_is() {
    let scene = Scene::new().await;
    {
        let mut state = scene.records.state();
        state.revisions.clear();
        let pipeline = state.pipelines.get_mut(scene.pipeline.id.as_str()).unwrap();
        pipeline.revisions_since = None;
        pipeline.revision = Revision(7);
    }
    assert_eq!(scene.numbers().await, [7]);
    let error = scene.restore(6).await.unwrap_err();
    assert!(
        error.to_string().contains("those from 7 to 7 are kept"),
        "{error}"
    );
    assert_eq!(scene.restore(7).await.unwrap(), scene.present());
    scene.change(json!({"description": "new"})).await;
    assert_eq!(scene.numbers().await, [8, 7]);
    let restored = scene.restore(7).await.unwrap();
    assert_eq!(restored.definition(), scene.pipeline.definition());
}

#[tokio::test]
async fn a_deletion_has_a_number_and_nothing_is_restored_after_it() {
    let scene = Scene::new().await;
    let deletion = DeletePipelines {
        store: &scene.records,
        executions: &scene.machine,
        prefix: &Prefix::default(),
    };
    deletion
        .delete(&scene.alice, &scene.pipeline.id, false, None, NOW)
        .await
        .unwrap();
    let kept = scene.list().await.page.items.remove(0);
    assert_eq!(
        (kept.revision, kept.action, &kept.changes[..]),
        (
            Revision(2),
            Some(Action::DeletePipeline),
            &["to be deleted: the repository is kept".to_owned()][..]
        )
    );
    assert_eq!(kept.definition, scene.pipeline.definition());
    let error = scene.restore(1).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
}

#[tokio::test]
async fn a_restoration_that_comes_while_others_write_decides_anew() {
    let scene = Scene::new().await;
    scene.change(json!({"description": "new"})).await;
    scene.records.state().change_in_between = Some(|pipeline| {
        pipeline.revision = Revision(3);
        pipeline.description = "another".parse().unwrap();
    });
    let restored = scene.restore(1).await.unwrap();
    assert_eq!(
        (restored.revision, restored.definition()),
        (Revision(4), scene.pipeline.definition())
    );
}

#[tokio::test]
async fn what_would_not_be_taken_today_is_not_restored() {
    let scene = Scene::new().await;
    scene.change(json!({"description": "new"})).await;
    {
        // From before the platform gave this tag itself.
        let mut state = scene.records.state();
        let key = (scene.pipeline.id.clone(), Revision(1));
        let kept = state.revisions.get_mut(&key).unwrap();
        kept.definition.tags = serde_json::from_value(json!({"Team": "sales"})).unwrap();
    }
    let problems = problems(scene.restore(1).await.unwrap_err());
    assert_eq!(problems.as_slice()[0].pointer.as_str(), "/tags/Team");
}
