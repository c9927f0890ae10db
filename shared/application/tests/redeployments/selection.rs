//! Which pipelines a redeployment means.

use application::step::Step as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    sync::{Mutex, MutexGuard},
};
use time::OffsetDateTime;

use application::{
    artifacts::WriteArtifacts,
    records::listing::{Entry, Listings},
    redeployments::{
        Redeployments,
        select::{
            PAGE, PipelineRow, PipelineRows, SelectPipelines, SelectPipelinesInput, Selected, Selection,
            page_key,
        },
    },
};
use domain::{
    Error, Result,
    ids::{EnvironmentId, PipelineId, RedeploymentId},
    listing::Listing,
    pipeline::Pipeline,
    redeployment::{Cancellation, Cause, Redeployment, Target},
    strategy::Strategy,
    team::Username,
};
use proptest::prelude::*;
use serde_json::json;

use crate::world::NOW;

/// A listing, and a bucket, some of whose writes answer nothing.
#[derive(Default)]
struct Store {
    rows: Vec<PipelineRow>,
    listings: Mutex<Vec<Listing>>,
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    lost: Mutex<Vec<bool>>,
    cancelled: Mutex<bool>,
}

fn id() -> RedeploymentId {
    RedeploymentId::parse("6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b").unwrap()
}

impl Store {
    fn of(pipelines: usize) -> Self {
        let rows = (0..pipelines).map(|index| PipelineRow {
            key: format!("PIPELINE#sales-{index:06}"),
            id: PipelineId::parse(format!("p{index:07}")).unwrap(),
        });
        Self {
            rows: rows.collect(),
            ..Self::default()
        }
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.objects.lock().unwrap()
    }

    /// What the pages hold, in the order in which the Map reads them.
    fn selected(&self) -> Vec<PipelineId> {
        let pages = self.objects();
        let pages = pages.values().map(|page| serde_json::from_slice(page).unwrap());
        pages
            .flat_map(|page: Vec<Selected>| page)
            .map(|selected| selected.pipeline_id)
            .collect()
    }
}

impl Redeployments for &Store {
    async fn redeployment(&self, id: &RedeploymentId) -> Result<Option<Redeployment>> {
        let by = Username::parse("alice").unwrap();
        let cancelled = *self.cancelled.lock().unwrap();
        Ok(Some(Redeployment {
            id: id.clone(),
            target: Target::All,
            cause: Cause::Requested,
            requested_by: by.clone(),
            requested_at: NOW,
            teams: None,
            listed_for: BTreeSet::new(),
            cancellation: cancelled.then_some(Cancellation { by, at: NOW }),
        }))
    }
}

impl PipelineRows for &Store {
    async fn pipeline_rows(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<PipelineRow>> {
        self.listings.lock().unwrap().push(listing.clone());
        let beyond = |row: &&PipelineRow| after.is_none_or(|after| row.key.as_str() > after);
        Ok(self.rows.iter().filter(beyond).take(limit).cloned().collect())
    }
}

impl Listings<Pipeline> for &Store {
    async fn entries(&self, _: &Listing, _: Option<&str>, _: usize) -> Result<Vec<Entry<Pipeline>>> {
        panic!("it reads rows, not records, for who may deploy all of them")
    }
}

impl WriteArtifacts for &Store {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<()> {
        if let Some(before) = self.objects().insert(key.to_owned(), body.clone()) {
            assert_eq!(before, body, "a page was written twice and not alike");
        }
        if self.lost.lock().unwrap().pop().unwrap_or_default() {
            return Err(Error::ServiceUnavailable {
                operation: "s3:PutObject",
                source: "the connection broke".into(),
            });
        }
        Ok(())
    }
}

fn begun() -> Selection {
    // As the state machine writes it.
    serde_json::from_value(json!({"pages": 0, "pipelines": 0, "complete": false})).unwrap()
}

async fn step(store: &Store, target: &Target, selection: &Selection) -> Result<Selection> {
    let step = SelectPipelines {
        records: store,
        artifacts: store,
        concurrent_deployments: NonZeroU32::new(50).unwrap(),
    };
    let input = SelectPipelinesInput {
        redeployment_id: id(),
        target: target.clone(),
        selection: selection.clone(),
    };
    step.run(input, OffsetDateTime::UNIX_EPOCH).await
}

/// Runs the step as the state machine does: again after an error, until all is selected.
async fn select(store: &Store, target: &Target) -> Selection {
    let mut selection = begun();
    while !selection.complete {
        if let Ok(next) = step(store, target, &selection).await {
            selection = next;
        }
    }
    selection
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_pipeline_is_selected_once_whatever_fails(
        pipelines in prop_oneof![0..3 * PAGE, Just(PAGE), Just(2 * PAGE)],
        lost in prop::collection::vec(any::<bool>(), 0..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = Store { lost: Mutex::new(lost), ..Store::of(pipelines) };
        let selection = runtime.block_on(select(&store, &Target::All));
        let ids: Vec<PipelineId> = store.rows.iter().map(|row| row.id.clone()).collect();
        prop_assert_eq!(store.selected(), ids);
        prop_assert_eq!(selection.pipelines, pipelines);
        prop_assert_eq!(selection.pages as usize, pipelines.div_ceil(PAGE));
        prop_assert_eq!(store.objects().len(), selection.pages as usize);
    }
}

#[tokio::test]
async fn a_step_writes_a_page_and_says_where_to_go_on() {
    let store = Store::of(PAGE + 1);
    let first = step(&store, &Target::All, &begun()).await.unwrap();
    assert_eq!(
        serde_json::to_value(&first).unwrap(),
        json!({"pages": 1, "pipelines": PAGE, "after": "PIPELINE#sales-000999", "complete": false,
               "concurrentDeployments": 50})
    );
    assert_eq!(
        page_key(&id(), 1),
        "redeployments/6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b/pages/000001.json"
    );
    assert_eq!(
        step(&store, &Target::All, &begun()).await.unwrap(),
        first,
        "the same try again"
    );
    let second = step(&store, &Target::All, &first).await.unwrap();
    assert_eq!(
        serde_json::to_value(&second).unwrap(),
        json!({"pages": 2, "pipelines": PAGE + 1, "complete": true, "concurrentDeployments": 50})
    );
    let page = store.objects()[&page_key(&id(), 2)].clone();
    assert_eq!(page, br#"[{"pipelineId":"p0001000"}]"#);
}

#[tokio::test]
async fn each_target_is_a_listing_and_a_single_pipeline_needs_none() {
    let environment = EnvironmentId::parse("env-a1b2c3d4").unwrap();
    for (target, listing) in [
        (Target::All, Listing::All),
        (
            Target::Environment(environment.clone()),
            Listing::Environment(environment),
        ),
        (
            Target::Strategy(Strategy::Gitflow),
            Listing::Strategy(Strategy::Gitflow),
        ),
    ] {
        let store = Store::of(1);
        select(&store, &target).await;
        assert_eq!(*store.listings.lock().unwrap(), [listing]);
    }
    let store = Store::of(3);
    let pipeline = PipelineId::parse("k3j9x0ab").unwrap();
    let selection = select(&store, &Target::Pipeline(pipeline.clone())).await;
    assert_eq!((selection.pages, selection.pipelines), (1, 1));
    assert_eq!(store.selected(), [pipeline]);
    assert!(store.listings.lock().unwrap().is_empty());
}

#[tokio::test]
async fn once_cancelled_nothing_is_selected() {
    let store = Store::of(2 * PAGE);
    let first = step(&store, &Target::All, &begun()).await.unwrap();
    *store.cancelled.lock().unwrap() = true;
    let next = step(&store, &Target::All, &first).await.unwrap();
    assert!(next.complete);
    assert_eq!(next.pipelines, 0, "the state machine ends here");
    assert_eq!(store.objects().len(), 1, "no further page was written");
}
