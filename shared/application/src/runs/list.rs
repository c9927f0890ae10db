//! The runs of a pipeline, the newest first.
//!
//! Each CodePipeline lists its own; the answer puts them all in one order. A page ends at a point in time, and the next
//! one holds what began before it, so that runs which begin meanwhile shift nothing.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Result, ids::PipelineId, permissions::Caller};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    CodePipeline, Run, RunFacts, Scope,
    commits::{Commits, ReadCommits},
};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    linked_accounts::sessions::Session,
    pipelines::live_stages::CONCURRENT_QUESTIONS,
    platform::Platform,
    records::{EnvironmentsOfPipelines, Pipelines, listing::no_token},
};

/// A token carries where CodePipelines' own lists go on as long as that fits into a URL. Without, a list is read from its
/// beginning.
const LONGEST_TOKENS: usize = 3_000;

/// Lists runs.
pub trait ListRuns: Sync {
    /// Up to `limit` (1-100) runs of the CodePipeline `name` from `token` on, the newest first; none if there is no such
    /// CodePipeline. [`Error::Invalid`] for `nextToken` if the service did not make the token.
    fn page(
        &self,
        session: &Session,
        name: &str,
        limit: usize,
        token: Option<&str>,
    ) -> impl Future<Output = Result<FoundRuns>> + Send;
}

/// A page of the runs of one CodePipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundRuns {
    pub runs: Vec<RunFacts>,
    /// Where the next page begins, if there is more.
    pub next: Option<String>,
}

/// Which page is wanted.
#[derive(Clone, Debug)]
pub struct RunsRequest {
    /// At most so many runs, 1-100.
    pub limit: usize,
    /// Where the page begins; at the newest run if nothing is said.
    pub start: Option<RunsPosition>,
}

/// A page of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    /// The runs, the newest first.
    pub items: Vec<Run>,
    /// Where the next page begins, if there is more.
    pub next: Option<RunsPosition>,
}

/// A place in the row of runs: behind all that began later than `before`, and at that very moment behind those that are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunsPosition {
    /// Milliseconds since 1970.
    #[serde(rename = "b")]
    before: i64,
    /// Runs that began at that very moment and were on earlier pages.
    #[serde(rename = "t")]
    told: BTreeSet<String>,
    /// Where the lists of CodePipelines go on: nothing before that is missing.
    #[serde(rename = "p", default, skip_serializing_if = "BTreeMap::is_empty")]
    pages: BTreeMap<String, String>,
}

impl RunsPosition {
    /// The position as a token that clients hand back.
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a token.
    pub fn parse(token: &str) -> Result<Self> {
        URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(no_token)
    }

    /// Whether `run` comes after this place.
    fn is_before(&self, run: &RunFacts) -> bool {
        let began = began(run);
        began < self.before || (began == self.before && !self.told.contains(&run.id))
    }
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[
    Calls {
        on: On::CodePipelines,
        actions: &["codepipeline:ListPipelineExecutions"],
    },
    Calls {
        on: On::Repository,
        actions: &["codecommit:BatchGetCommits"],
    },
];

/// A page of the runs of the pipeline `id`.
pub async fn list(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    runs: &impl ListRuns,
    repositories: &impl ReadCommits,
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
    request: &RunsRequest,
) -> Result<Runs> {
    let scope = Scope::of_reader(store, platform, caller, id, CALLS).await?;
    let of = scope.code_pipelines();
    let start = request.start.clone().unwrap_or_default();
    if start
        .pages
        .keys()
        .any(|name| of.iter().all(|of| of.name != *name))
    {
        return Err(no_token());
    }
    let read: Vec<Vec<Candidate>> = stream::iter(of)
        .map(async |of| candidates(runs, &scope.session, of, request).await)
        .buffered(CONCURRENT_QUESTIONS)
        .try_collect()
        .await
        .map_err(|error| scope.session.explain(error))?;
    let mut all: Vec<Candidate> = read.into_iter().flatten().collect();
    // A stable sort: those of one CodePipeline that began at once stay in its order.
    all.sort_by_key(|candidate| std::cmp::Reverse(began(&candidate.run)));
    let left = all.split_off(all.len().min(request.limit));
    let next = position(&start, &all, &left);
    let commits = Commits::of(
        repositories,
        &scope.session,
        &scope.names().repository(),
        all.iter().map(|candidate| &candidate.run),
    )
    .await?;
    let items = all
        .into_iter()
        .map(|Candidate { run, of, .. }| {
            let commit = commits.commit(&run);
            Run::new(run, &of, commit, &scope)
        })
        .collect();
    Ok(Runs { items, next })
}

/// A run that may belong to the page.
struct Candidate {
    run: RunFacts,
    of: CodePipeline,
    /// The page of its CodePipeline's list that it stands on.
    page: Option<String>,
}

/// The first runs of one CodePipeline that the page may hold, and one more if there is one.
async fn candidates(
    runs: &impl ListRuns,
    session: &Session,
    of: CodePipeline,
    request: &RunsRequest,
) -> Result<Vec<Candidate>> {
    let wanted = request.limit + 1;
    let start = request.start.as_ref();
    let mut page = start.and_then(|start| start.pages.get(&of.name).cloned());
    let mut found = Vec::new();
    loop {
        let answer = runs
            .page(session, &of.name, wanted.min(100), page.as_deref())
            .await?;
        let unread = answer
            .runs
            .into_iter()
            .filter(|run| start.is_none_or(|start| start.is_before(run)));
        found.extend(unread.map(|run| Candidate {
            run,
            of: of.clone(),
            page: page.clone(),
        }));
        page = answer.next;
        if page.is_none() || found.len() >= wanted {
            return Ok(found);
        }
    }
}

/// Where the next page begins, behind `told` and before `left`, if anything is left.
fn position(start: &RunsPosition, told: &[Candidate], left: &[Candidate]) -> Option<RunsPosition> {
    let before = told
        .last()
        .filter(|_| !left.is_empty())
        .map(|last| began(&last.run))?;
    let at_once = told
        .iter()
        .filter(|candidate| began(&candidate.run) == before)
        .map(|candidate| candidate.run.id.clone());
    // More of them may have stood on the page before.
    let earlier = start.told.iter().filter(|_| start.before == before).cloned();
    // The first run that is left stands on the page with which its list goes on. A CodePipeline of which none is left is at
    // its end, and is found there again from the page of its last one.
    let mut pages = BTreeMap::new();
    for candidate in left.iter().chain(told.iter().rev()) {
        pages
            .entry(candidate.of.name.clone())
            .or_insert_with(|| candidate.page.clone());
    }
    let mut pages: BTreeMap<String, String> = pages
        .into_iter()
        .filter_map(|(name, page)| Some((name, page?)))
        .collect();
    for (name, page) in &start.pages {
        pages.entry(name.clone()).or_insert_with(|| page.clone());
    }
    if pages
        .iter()
        .map(|(name, page)| name.len() + page.len())
        .sum::<usize>()
        > LONGEST_TOKENS
    {
        pages.clear();
    }
    Some(RunsPosition {
        before,
        told: at_once.chain(earlier).collect(),
        pages,
    })
}

/// When a run began, in milliseconds since 1970.
fn began(run: &RunFacts) -> i64 {
    let nanoseconds = run.started_at.map_or(0, OffsetDateTime::unix_timestamp_nanos);
    i64::try_from(nanoseconds.div_euclid(1_000_000)).unwrap_or(i64::MAX)
}
