//! The life of a pipeline under any sequence of requests, ends, crashes and repetitions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Error,
    deployment::{Deployment, DeploymentStatus, Failure, Operation, RunOutcome},
    environment::Environment,
    ids::DeploymentId,
    lifecycle::{self, Holder, NewPipeline, Placement, Request, Transition},
    pipeline::{Definition, Description, Pipeline, PipelineStatus},
    revision::{KEPT_REVISIONS, KeptRevision, Revision},
    strategy::Strategy as Delivery,
    tags::Tags,
};
use proptest::{prelude::*, sample::Index};
use serde_json::json;
use time::OffsetDateTime;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// Something that happens to a pipeline.
#[derive(Clone, Debug)]
enum Happening {
    /// Somebody describes it so; the same description twice changes nothing.
    Change(u8),
    /// Somebody restores one of the revisions that are kept.
    Restore(Index),
    Redeploy,
    Delete {
        repository: bool,
    },
    /// The workflow's first step runs, perhaps once more.
    Start,
    /// The workflow ends.
    End {
        well: bool,
    },
    /// The end of some earlier deployment is recorded once more.
    EndAgain(Index),
    /// The execution dies without a word.
    Crash,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (0..4_u8).prop_map(Happening::Change),
        1 => any::<Index>().prop_map(Happening::Restore),
        1 => Just(Happening::Redeploy),
        2 => any::<bool>().prop_map(|repository| Happening::Delete { repository }),
        4 => Just(Happening::Start),
        4 => any::<bool>().prop_map(|well| Happening::End { well }),
        1 => any::<Index>().prop_map(Happening::EndAgain),
        1 => Just(Happening::Crash),
    ]
}

/// What is recorded of a pipeline, and which executions are dead.
struct World {
    pipeline: Pipeline,
    deployments: BTreeMap<DeploymentId, Deployment>,
    revisions: BTreeMap<Revision, KeptRevision>,
    dead: Vec<DeploymentId>,
    ids: u32,
    /// Whether a deletion was accepted that has neither succeeded nor failed.
    deletion_wanted: bool,
}

fn definition(description: u8) -> Definition {
    Definition {
        description: Description::parse(format!("the description {description}")).unwrap(),
        tags: Tags::default(),
        stages: serde_json::from_value(
            json!([{"name": "dev", "environmentId": "env-dev00001", "manualApproval": false}]),
        )
        .unwrap(),
    }
}

fn deployment_id(number: u32) -> DeploymentId {
    DeploymentId::parse(format!("01k9v3xv0m{number:016}")).unwrap()
}

fn request(number: u32) -> Request<'static> {
    Request {
        username: "alice".parse().unwrap(),
        request_id: None,
        source_address: None,
        at: NOW,
        deployment_id: deployment_id(number),
        expected: None,
    }
}

fn failure() -> Failure {
    Failure {
        error: "StackFailed".to_owned(),
        cause: "the reason".to_owned(),
    }
}

impl World {
    fn new() -> Self {
        let cicd: Environment = serde_json::from_value(json!({
            "id": "env-cicd0001", "label": "cicd", "accountId": "111111111111", "region": "eu-west-1", "team": "research",
            "externalId": "3b1f8c1e-2f5a-4f0e-9f8e-0d3c5a7b9e11", "status": "READY", "revision": 1, "owner": "alice",
            "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
        }))
        .unwrap();
        let new = NewPipeline {
            stage_teams: BTreeSet::new(),
            id: "k3j9x0ab".parse().unwrap(),
            name: "sales".parse().unwrap(),
            team: "research".parse().unwrap(),
            cicd: &cicd,
            strategy: Delivery::Trunk,
            definition: definition(0),
        };
        let Transition {
            after,
            queued,
            revisions,
            ..
        } = lifecycle::create(new, request(0));
        let queued = queued.unwrap();
        Self {
            pipeline: after,
            deployments: [(queued.id.clone(), queued)].into(),
            revisions: revisions.into_iter().map(|kept| (kept.revision, kept)).collect(),
            dead: Vec::new(),
            ids: 1,
            deletion_wanted: false,
        }
    }

    /// A pipeline from before revisions were kept.
    fn old() -> Self {
        let mut world = Self::new();
        world.pipeline.revisions_since = None;
        world.pipeline.revision = Revision(3);
        world.revisions.clear();
        world
    }

    fn next_id(&mut self) -> u32 {
        self.ids += 1;
        self.ids - 1
    }

    /// Who has the pipeline when somebody asks for something.
    fn asked(&self) -> Holder {
        match (self.holder(), self.under_way()) {
            (_, Some(living)) => Holder::UnderWay(living),
            (Some(dead), None) => Holder::Died(dead),
            (None, None) => Holder::Nobody,
        }
    }

    /// The deployment that holds the pipeline.
    fn holder(&self) -> Option<Deployment> {
        self.pipeline
            .active_deployment
            .as_ref()
            .map(|id| self.deployments[id].clone())
    }

    /// The same, if its execution lives.
    fn under_way(&self) -> Option<Deployment> {
        self.holder().filter(|holder| !self.dead.contains(&holder.id))
    }

    fn commit(&mut self, transition: Transition) {
        assert_eq!(transition.before.as_ref(), Some(&self.pipeline));
        assert_eq!(transition.after.version, self.pipeline.version + 1);
        assert!(transition.after.revision >= self.pipeline.revision);
        assert!(transition.after.deployed_revision >= self.pipeline.deployed_revision);
        let dropped = transition.dropped_revision();
        self.pipeline = transition.after;
        for kept in transition.revisions {
            let twin = self.revisions.insert(kept.revision, kept);
            assert_eq!(twin, None, "a revision is kept once");
        }
        if let Some(dropped) = dropped {
            assert!(self.revisions.remove(&dropped).is_some());
        }
        if let Some(queued) = transition.queued {
            let twin = self.deployments.insert(queued.id.clone(), queued);
            assert_eq!(twin, None, "a deployment is queued once");
        }
        if let Some(updated) = transition.updated {
            assert!(self.deployments.insert(updated.id.clone(), updated).is_some());
        }
    }

    fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Change(description) => {
                let id = self.next_id();
                let holder = self.asked();
                let wanted = definition(*description);
                let same = wanted == self.pipeline.definition();
                match lifecycle::change(&self.pipeline, wanted, Placement::default(), &holder, request(id)) {
                    Ok(Some(transition)) => {
                        assert!(!same);
                        assert_eq!(transition.after.revision, self.pipeline.revision.next());
                        self.commit(transition);
                    }
                    Ok(None) => assert!(same),
                    Err(error) => self.assert_refused(&error),
                }
            }
            Happening::Restore(index) => {
                let id = self.next_id();
                let all: Vec<KeptRevision> = self.revisions.values().cloned().collect();
                if all.is_empty() {
                    return;
                }
                let kept = index.get(&all).clone();
                let same = kept.definition == self.pipeline.definition();
                let (holder, placement) = (self.asked(), Placement::default());
                match lifecycle::restore(&self.pipeline, kept.clone(), placement, &holder, request(id)) {
                    Ok(Some(transition)) => {
                        assert!(!same);
                        self.commit(transition);
                        assert_eq!(self.pipeline.definition(), kept.definition);
                        let restored = self.revisions[&self.pipeline.revision].restored;
                        assert_eq!(restored, Some(kept.revision));
                    }
                    Ok(None) => assert!(same),
                    Err(error) => self.assert_refused(&error),
                }
            }
            Happening::Redeploy => {
                let id = self.next_id();
                if self.under_way().is_none() {
                    match lifecycle::redeploy(&self.pipeline, &self.asked(), request(id)) {
                        Ok((deployment, transition)) => {
                            assert_eq!(deployment.revision, self.pipeline.revision);
                            self.commit(transition);
                        }
                        Err(error) => self.assert_refused(&error),
                    }
                }
            }
            Happening::Delete { repository } => {
                let id = self.next_id();
                if self.pipeline.status == PipelineStatus::Deleted {
                    return;
                }
                let holder = self.asked();
                match lifecycle::request_deletion(&self.pipeline, &holder, *repository, request(id)) {
                    Ok(Some(transition)) => {
                        self.commit(transition);
                        self.deletion_wanted = true;
                    }
                    Ok(None) => assert!(self.deletion_wanted),
                    Err(error) => self.assert_refused(&error),
                }
            }
            Happening::Start => self.start(),
            Happening::End { well } => self.end(*well),
            Happening::EndAgain(index) => {
                let ended = index
                    .get(&self.deployments.values().cloned().collect::<Vec<_>>())
                    .clone();
                if self.pipeline.active_deployment.as_ref() != Some(&ended.id) {
                    let next = deployment_id(self.ids);
                    let again = lifecycle::completed(
                        &self.pipeline,
                        &ended.succeeded(NOW),
                        &RunOutcome::default(),
                        next,
                        NOW,
                    );
                    assert_eq!(again, None, "it holds the pipeline no more");
                }
            }
            Happening::Crash => self.dead.extend(self.pipeline.active_deployment.clone()),
        }
    }

    fn assert_refused(&self, error: &Error) {
        assert!(matches!(error, Error::Conflict(_)), "{error}");
        assert!(matches!(
            self.pipeline.status,
            PipelineStatus::Deleting | PipelineStatus::Deleted
        ));
    }

    fn start(&mut self) {
        let Some(holder) = self.under_way() else { return };
        let arn = format!("arn:execution:{}", holder.id);
        if let Some(transition) = lifecycle::started(&self.pipeline, &holder, &arn, NOW).unwrap() {
            self.commit(transition);
        }
        let running = self.holder().unwrap();
        assert_eq!(running.status, DeploymentStatus::Running);
        let again = lifecycle::started(&self.pipeline, &running, &arn, NOW).unwrap();
        assert_eq!(again, None, "once is enough");
    }

    fn end(&mut self, well: bool) {
        let Some(holder) = self.under_way() else { return };
        let next = deployment_id(self.next_id());
        if holder.kind == Operation::Delete && well {
            let ended = holder.succeeded(NOW);
            let gone = lifecycle::deleted(&self.pipeline, &ended, Vec::new(), NOW).unwrap();
            self.commit(gone.unwrap());
            let again = lifecycle::deleted(&self.pipeline, &ended, Vec::new(), NOW).unwrap();
            assert_eq!(again, None);
            self.deletion_wanted = false;
            return;
        }
        let ended = if well {
            holder.clone().succeeded(NOW)
        } else {
            holder.clone().failed(failure(), NOW)
        };
        let outcome = RunOutcome::default();
        let completed = lifecycle::completed(&self.pipeline, &ended, &outcome, next.clone(), NOW);
        self.commit(completed.unwrap());
        if holder.kind == Operation::Delete {
            self.deletion_wanted = false;
        }
        let again = lifecycle::completed(&self.pipeline, &ended, &outcome, next, NOW);
        assert_eq!(again, None, "an end is recorded once");
        let late = lifecycle::started(&self.pipeline, &ended, "arn:late", NOW).unwrap_err();
        assert!(matches!(late, Error::DeploymentSuperseded(_)));
    }

    fn assert_sound(&self) {
        let Pipeline {
            status,
            revision,
            deployed_revision,
            last_deployment,
            deletion,
            ..
        } = &self.pipeline;
        assert!(*deployed_revision <= Some(*revision));
        let last = last_deployment.as_ref().unwrap();
        assert_eq!(*last, self.deployments[&last.id].summary());
        if let Some(holder) = self.holder() {
            assert!(!holder.status.ended());
            assert_eq!(last.id, holder.id);
            let deletes = holder.kind == Operation::Delete || deletion.is_some();
            let expected = if deletes {
                PipelineStatus::Deleting
            } else {
                PipelineStatus::Deploying
            };
            assert_eq!(*status, expected);
        } else {
            assert!(last.status.ended());
            assert_eq!(*deletion, None);
            match status {
                PipelineStatus::Deployed => assert_eq!(last.status, DeploymentStatus::Succeeded),
                PipelineStatus::Failed => assert!(last.failure.is_some()),
                PipelineStatus::Deleted => assert!(self.pipeline.deleted_at.is_some()),
                PipelineStatus::Deploying | PipelineStatus::Deleting => panic!("{status:?} by nothing"),
            }
        }
        for deployment in self.deployments.values() {
            let forgotten = !deployment.status.ended()
                && Some(&deployment.id) != self.pipeline.active_deployment.as_ref();
            assert!(
                !forgotten,
                "what holds the pipeline no more has ended: {deployment:?}"
            );
        }
        let living = self
            .deployments
            .values()
            .filter(|it| !it.status.ended() && !self.dead.contains(&it.id));
        assert!(living.count() <= 1, "one deployment at a time");
        if self.deletion_wanted {
            assert_eq!(*status, PipelineStatus::Deleting, "a deletion is never lost");
        }
        self.assert_every_revision_is_kept();
    }

    /// Every number that the pipeline's revision has had, up to the most that are kept, and the last is what the pipeline is.
    fn assert_every_revision_is_kept(&self) {
        let Some((newest, last)) = self.revisions.last_key_value() else {
            assert_eq!(self.pipeline.revisions_since, None, "it has changed");
            return;
        };
        assert_eq!(*newest, self.pipeline.revision);
        assert_eq!(last.definition, self.pipeline.definition());
        let numbers: Vec<u32> = self.revisions.keys().map(|revision| revision.0).collect();
        let wanted: Vec<u32> = (self.pipeline.oldest_kept_revision().0..=newest.0).collect();
        assert_eq!(numbers, wanted);
        assert!(self.revisions.values().all(|kept| !kept.changes.is_empty()));
    }

    /// Lets everything that is under way end.
    fn settle(&mut self, well: bool) {
        while self.under_way().is_some() {
            self.start();
            self.end(well);
            self.assert_sound();
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_records_stay_sound(
        happenings in proptest::collection::vec(happening(), 0..40),
        well in any::<bool>(),
        old in any::<bool>(),
    ) {
        let mut world = if old { World::old() } else { World::new() };
        world.assert_sound();
        for happening in &happenings {
            world.happen(happening);
            world.assert_sound();
        }
        if world.under_way().is_none() && world.pipeline.active_deployment.is_some() {
            // Its execution died: whoever asks next takes its place.
            let id = world.next_id();
            let transition = if let Ok((_, redeployment)) = lifecycle::redeploy(&world.pipeline, &world.asked(), request(id)) {
                redeployment
            } else {
                world.deletion_wanted = true;
                lifecycle::request_deletion(&world.pipeline, &world.asked(), true, request(id)).unwrap().unwrap()
            };
            world.commit(transition);
        }
        let deletion_wanted = world.deletion_wanted;
        world.settle(well);
        let Pipeline { status, revision, deployed_revision, .. } = &world.pipeline;
        match status {
            PipelineStatus::Deployed => prop_assert_eq!(*deployed_revision, Some(*revision)),
            PipelineStatus::Failed => prop_assert!(world.pipeline.last_deployment.as_ref().unwrap().failure.is_some()),
            PipelineStatus::Deleted => {}
            PipelineStatus::Deploying | PipelineStatus::Deleting => prop_assert!(false, "nothing has settled"),
        }
        if deletion_wanted && well {
            prop_assert_eq!(*status, PipelineStatus::Deleted);
        }
    }
}

#[test]
fn a_deletion_that_waits_comes_before_the_changes_that_wait() {
    let mut world = World::new();
    for happening in [
        Happening::Start,
        Happening::Change(1),
        Happening::Delete { repository: true },
        Happening::End { well: true },
    ] {
        world.happen(&happening);
    }
    let next = world.holder().unwrap();
    assert_eq!(
        (next.kind, next.delete_repository),
        (Operation::Delete, Some(true))
    );
    assert_eq!(world.pipeline.status, PipelineStatus::Deleting);
}

#[test]
fn changes_during_a_deployment_are_deployed_together() {
    let mut world = World::new();
    for happening in [
        Happening::Start,
        Happening::Change(1),
        Happening::Change(2),
        Happening::End { well: false },
    ] {
        world.happen(&happening);
    }
    let next = world.holder().unwrap();
    assert_eq!((next.kind, next.revision), (Operation::Deploy, Revision(3)));
    world.happen(&Happening::End { well: true });
    assert_eq!(world.pipeline.deployed_revision, Some(Revision(3)));
    assert_eq!(world.deployments.len(), 2);
}

#[test]
fn a_request_for_another_revision_is_refused() {
    let world = World::new();
    let expected = [Revision(7)];
    let stale = request(1).expecting(Some(&expected));
    let error = lifecycle::change(
        &world.pipeline,
        definition(1),
        Placement::default(),
        &world.asked(),
        stale,
    )
    .unwrap_err();
    assert!(matches!(
        error,
        Error::Stale {
            present: Revision::FIRST
        }
    ));
}

#[test]
fn no_more_revisions_are_kept_than_there_is_room_for() {
    for (mut world, first) in [(World::new(), 1), (World::old(), 3)] {
        // One by one, until as many have come as are kept, and half as many again.
        let changes = KEPT_REVISIONS + KEPT_REVISIONS / 2;
        for number in 0..changes {
            world.happen(&Happening::Change(1 - u8::try_from(number % 2).unwrap()));
            world.assert_every_revision_is_kept();
            let expected = (number + 2).min(KEPT_REVISIONS);
            assert_eq!(world.revisions.len(), usize::try_from(expected).unwrap());
        }
        let (oldest, _) = world.revisions.first_key_value().unwrap();
        assert_eq!(oldest.0, first + changes + 1 - KEPT_REVISIONS);
    }
}

#[test]
fn the_revision_before_the_first_that_is_kept_is_kept_with_it() {
    let mut world = World::old();
    let before = world.pipeline.clone();
    world.happen(&Happening::Change(1));
    let first = &world.revisions[&Revision(3)];
    assert_eq!(first.definition, before.definition());
    assert_eq!((&first.by, first.at), (&before.owner, before.updated_at));
    assert_eq!(
        (first.action, &first.changes[..]),
        (None, &["what it changed was not kept".to_owned()][..])
    );
    let second = &world.revisions[&Revision(4)];
    assert_eq!(second.changes, ["the description changed"]);
}

fn with_stages(stages: &[(&str, &str, bool)]) -> Definition {
    let stages = stages.iter().map(|(name, environment, approval)| {
        json!({"name": name, "environmentId": environment, "manualApproval": approval})
    });
    Definition {
        stages: serde_json::from_value(stages.collect()).unwrap(),
        ..definition(0)
    }
}

#[test]
fn differences_name_all_that_is_different() {
    const A: &str = "env-aaaa0001";
    const B: &str = "env-bbbb0001";
    let before = with_stages(&[("dev", A, false), ("test", A, false), ("prod", B, true)]);
    assert!(before.differences(&before).is_empty());
    let after = with_stages(&[("prod", A, false), ("dev", A, false), ("new", B, false)]);
    assert_eq!(
        before.differences(&after),
        [
            "stage test removed",
            "stage prod moved to env-aaaa0001",
            "stage prod without approval",
            "stage new added in env-bbbb0001",
            "the order of the stages changed",
        ]
    );
    let back = after.differences(&before);
    assert!(back.contains(&"stage prod with approval".to_owned()), "{back:?}");
    let tagged = Definition {
        tags: serde_json::from_value(json!({"team": "a"})).unwrap(),
        ..definition(1)
    };
    assert_eq!(
        definition(0).differences(&tagged),
        ["the description changed", "the tags changed"]
    );
}
