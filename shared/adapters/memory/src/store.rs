//! The records in memory, under the conditions that the table checks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use application::{
    audit::{AuditTrail, RecordAudit},
    deployments::list::DeploymentHistory,
    me::PipelinesOfTeams,
    rate_limit::{CountRequests, Window},
    records::{
        CommitEnvironments, CommitPipelines, Deliveries, Deployments, Environments, EnvironmentsOfPipelines,
        FindUnverifiedLinks, Pipelines,
        idempotency::{Answer, Idempotency, KeepAnswers, Kept, KeptAnswers},
        listing::{Entry, Listings, no_token},
    },
    redeployments::{
        CancelRedeployments, RecordRedeployments, Redeployments,
        select::{PipelineRow, PipelineRows},
    },
    revisions::{KeptRevisions, RevisionHistory},
    workflow::record_deletion::ExpireHistory,
};
use domain::{
    Error, Result,
    audit::{AuditEntry, Subject},
    delivery::Delivery,
    deployment::Deployment,
    environment::Environment,
    ids::{DeploymentId, EnvironmentId, PipelineId, RedeploymentId},
    lifecycle::{Difference, EnvironmentTransition, Transition, UnverifiedLinks},
    listing::Listing,
    pipeline::{Pipeline, PipelineStatus},
    quota::PipelineQuotas,
    redeployment::{Cancellation, Redeployment},
    revision::{KeptRevision, Revision},
    team::{TeamName, Username},
};
use time::OffsetDateTime;

const PIPELINE_CHANGED: Error = Error::ConcurrentChange("the pipeline");
const ENVIRONMENT_CHANGED: Error = Error::ConcurrentChange("the environment");

/// Records in memory.
#[derive(Debug, Default)]
pub struct Records(Mutex<State>);

/// The records, and the faults that tests ask for.
#[derive(Debug)]
pub struct State {
    /// What links expire by: they are read as long as it is before their end.
    pub now: OffsetDateTime,
    pub environments: BTreeMap<String, Environment>,
    /// How often the links of each user that wait for a verification were written.
    pub links_written: BTreeMap<Username, u32>,
    /// How many pipelines there may be.
    pub quotas: Option<PipelineQuotas>,
    /// How many requests of each user were counted, by what was counted and when its window began.
    pub counted: BTreeMap<(Username, String, i64), u32>,
    pub pipelines: BTreeMap<String, Pipeline>,
    /// The deployments of all pipelines.
    pub deployments: BTreeMap<String, Deployment>,
    /// What is kept of pipelines' revisions.
    pub revisions: BTreeMap<(PipelineId, Revision), KeptRevision>,
    pub redeployments: BTreeMap<RedeploymentId, Redeployment>,
    /// What is kept of pipelines' runs.
    pub deliveries: BTreeMap<PipelineId, Delivery>,
    /// The answers kept by owner, operation and key.
    pub kept: BTreeMap<(String, String, String), Kept>,
    /// The pipelines whose history goes, and when.
    pub expiring: BTreeMap<PipelineId, OffsetDateTime>,
    /// The ids in each listing, by their sort keys.
    pub listings: BTreeMap<(Listing, String), String>,
    /// The audit trail, in the order in which it was written.
    pub audit: Vec<AuditEntry>,
    /// How often something was written.
    pub writes: usize,
    /// The next write happens, but its answer is lost.
    pub lose_next_answer: bool,
    /// What somebody else does to the pipeline just before the next write to it.
    pub change_in_between: Option<fn(&mut Pipeline)>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            now: OffsetDateTime::UNIX_EPOCH,
            environments: BTreeMap::new(),
            links_written: BTreeMap::new(),
            quotas: None,
            counted: BTreeMap::new(),
            pipelines: BTreeMap::new(),
            deployments: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            audit: Vec::new(),
            revisions: BTreeMap::new(),
            redeployments: BTreeMap::new(),
            kept: BTreeMap::new(),
            expiring: BTreeMap::new(),
            listings: BTreeMap::new(),
            writes: 0,
            lose_next_answer: false,
            change_in_between: None,
        }
    }
}

impl Records {
    /// What is recorded.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

fn key_of(request: &Idempotency) -> (String, String, String) {
    (
        request.owner.to_string(),
        request.operation.clone(),
        request.key.clone(),
    )
}

impl State {
    /// The next write: it fails if the same request was first.
    fn check_answer(&self, answer: Option<&Answer<'_>>) -> Result<()> {
        match answer {
            Some(answer) if self.kept.contains_key(&key_of(answer.request)) => {
                Err(Error::ConcurrentChange("the request"))
            }
            _ => Ok(()),
        }
    }

    fn keep(&mut self, answer: Option<&Answer<'_>>) {
        if let Some(Answer { request, snapshot }) = answer {
            let kept = Kept {
                fingerprint: request.fingerprint.clone(),
                snapshot: snapshot.clone(),
            };
            self.kept.insert(key_of(request), kept);
        }
    }

    fn list(&mut self, difference: Difference<Listing>, sort_key: &str, id: &str) {
        for listing in difference.removed {
            self.listings.remove(&(listing, sort_key.to_owned()));
        }
        for listing in difference.added {
            self.listings
                .insert((listing, sort_key.to_owned()), id.to_owned());
        }
    }

    /// What is recorded under the id of `redeployment`, which is recorded and listed if there is none.
    fn put_redeployment(&mut self, redeployment: &Redeployment) -> Redeployment {
        let id = &redeployment.id;
        if let Some(recorded) = self.redeployments.get(id) {
            return recorded.clone();
        }
        // The newest first.
        let at = i128::from(u64::MAX) - redeployment.requested_at.unix_timestamp_nanos();
        for listing in redeployment.listings() {
            let sort_key = format!("REDEPLOYMENT#{at:020}#{id}");
            self.listings.insert((listing, sort_key), id.to_string());
        }
        self.redeployments.insert(id.clone(), redeployment.clone());
        redeployment.clone()
    }

    fn written(&mut self) -> Result<()> {
        self.writes += 1;
        if std::mem::take(&mut self.lose_next_answer) {
            let source = "the connection broke".into();
            return Err(Error::ServiceUnavailable {
                operation: "dynamodb:TransactWriteItems",
                source,
            });
        }
        Ok(())
    }

    /// The environment `id`, unless its link has expired.
    fn linked(&self, id: &str) -> Option<Environment> {
        let environment = self.environments.get(id);
        environment
            .filter(|environment| !environment.has_expired(self.now))
            .cloned()
    }

    fn rows(
        &self,
        listing: &Listing,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>> {
        // As the table, whose keys have at most so many bytes.
        if after.is_some_and(|after| !after.starts_with(kind) || after.len() > 1024) {
            return Err(no_token());
        }
        let rows = self
            .listings
            .iter()
            .filter(|((held, key), _)| held == listing && key.starts_with(kind))
            .filter(|((_, key), _)| after.is_none_or(|after| key.as_str() > after))
            .take(limit)
            .map(|((_, key), id)| (key.clone(), id.clone()));
        Ok(rows.collect())
    }
}

impl KeptAnswers for Records {
    async fn kept(&self, request: &Idempotency) -> Result<Option<Kept>> {
        Ok(self.state().kept.get(&key_of(request)).cloned())
    }
}

impl KeepAnswers for Records {
    async fn keep(&self, answer: &Answer<'_>) -> Result<()> {
        let mut state = self.state();
        state.check_answer(Some(answer))?;
        state.keep(Some(answer));
        state.written()
    }
}

impl Pipelines for Records {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        Ok(self.state().pipelines.get(id.as_str()).cloned())
    }
}

impl Deployments for Records {
    async fn deployment(&self, pipeline: &PipelineId, id: &DeploymentId) -> Result<Option<Deployment>> {
        let deployment = self.state().deployments.get(id.as_str()).cloned();
        Ok(deployment.filter(|deployment| deployment.pipeline_id == *pipeline))
    }
}

impl DeploymentHistory for Records {
    async fn deployments(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<Deployment>>> {
        let state = self.state();
        let newest_first = state.deployments.values().rev();
        Ok(newest_first
            .filter(|deployment| deployment.pipeline_id == *pipeline)
            .filter(|deployment| after.is_none_or(|after| deployment.id.as_str() < after))
            .take(limit)
            .map(|deployment| Entry {
                key: deployment.id.to_string(),
                record: Some(deployment.clone()),
            })
            .collect())
    }
}

impl KeptRevisions for Records {
    async fn revision(&self, pipeline: &PipelineId, revision: Revision) -> Result<Option<KeptRevision>> {
        let key = (pipeline.clone(), revision);
        Ok(self.state().revisions.get(&key).cloned())
    }
}

impl RevisionHistory for Records {
    async fn revisions(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<KeptRevision>>> {
        // As the table.
        if after.is_some_and(|after| !after.starts_with("REVISION#")) {
            return Err(no_token());
        }
        let state = self.state();
        let kept = state
            .revisions
            .values()
            .filter(|kept| kept.pipeline_id == *pipeline);
        let newest_first = kept.rev().map(|kept| Entry {
            key: format!("REVISION#{:010}", kept.revision.0),
            record: Some(kept.clone()),
        });
        Ok(newest_first
            .filter(|row| after.is_none_or(|after| row.key.as_str() < after))
            .take(limit)
            .collect())
    }
}

impl CommitPipelines for Records {
    async fn commit_pipeline(&self, transition: &Transition, answer: Option<&Answer<'_>>) -> Result<()> {
        let Transition {
            before,
            after,
            queued,
            updated,
            audit,
            revisions,
        } = transition;
        let mut state = self.state();
        let id = after.id.to_string();
        if let Some(change) = state.change_in_between.take()
            && let Some(present) = state.pipelines.get_mut(&id)
        {
            change(present);
            present.version += 1;
        }
        state.check_answer(answer)?;
        let version = |pipeline: &Pipeline| pipeline.version;
        if state.pipelines.get(&id).map(version) != before.as_ref().map(version) {
            return Err(PIPELINE_CHANGED);
        }
        let recorded = |deployment: &Deployment| state.deployments.contains_key(deployment.id.as_str());
        if queued.as_ref().is_some_and(recorded) || updated.as_ref().is_some_and(|it| !recorded(it)) {
            return Err(PIPELINE_CHANGED);
        }
        let used = transition.environments();
        let linked = |id: &EnvironmentId| state.environments.contains_key(id.as_str());
        if !used.added.iter().chain(&used.removed).all(linked) {
            return Err(Error::ConcurrentChange("an environment of the pipeline"));
        }
        if let Some(quotas) = state.quotas.filter(|_| before.is_none()) {
            let team = |pipeline: &&Pipeline| {
                pipeline.team == after.team && pipeline.counted && pipeline.status != PipelineStatus::Deleted
            };
            let users = state.environments[after.cicd_environment_id.as_str()].pipeline_count;
            let of_team = u32::try_from(state.pipelines.values().filter(team).count()).unwrap();
            quotas.check(&after.team, of_team, &after.cicd_environment_id, users)?;
        }
        state.keep(answer);
        state.audit.extend(audit.clone());
        for kept in revisions {
            let key = (kept.pipeline_id.clone(), kept.revision);
            state.revisions.insert(key, kept.clone());
        }
        if let Some(dropped) = transition.dropped_revision() {
            state.revisions.remove(&(after.id.clone(), dropped));
        }
        state.pipelines.insert(id.clone(), after.clone());
        for deployment in queued.iter().chain(updated) {
            state
                .deployments
                .insert(deployment.id.to_string(), deployment.clone());
        }
        state.list(
            transition.listings(),
            &format!("PIPELINE#{}#{id}", after.name),
            &id,
        );
        for (ids, change) in [(used.added, 1_i64), (used.removed, -1)] {
            for id in ids {
                let environment = state.environments.get_mut(id.as_str()).unwrap();
                let count = i64::from(environment.pipeline_count) + change;
                environment.pipeline_count = u32::try_from(count).unwrap();
                environment.version += 1;
            }
        }
        state.written()
    }
}

impl ExpireHistory for Records {
    async fn expire_history(&self, pipeline: &PipelineId, expires_at: OffsetDateTime) -> Result<()> {
        let mut state = self.state();
        state.expiring.insert(pipeline.clone(), expires_at);
        state.written()
    }
}

impl Environments for Records {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        Ok(self.state().linked(id.as_str()))
    }
}

impl CountRequests for Records {
    async fn count_request(&self, user: &Username, counted: &str, window: Window) -> Result<u32> {
        let mut state = self.state();
        let key = (user.clone(), counted.to_owned(), window.begin);
        let count = state.counted.entry(key).or_default();
        *count += 1;
        Ok(*count)
    }
}

impl FindUnverifiedLinks for Records {
    async fn unverified_links(&self, user: &Username) -> Result<(UnverifiedLinks, Vec<Environment>)> {
        let state = self.state();
        let waiting =
            |environment: &&Environment| environment.owner == *user && environment.unverified_since.is_some();
        let environments: Vec<Environment> = state.environments.values().filter(waiting).cloned().collect();
        let links = UnverifiedLinks {
            version: state.links_written.get(user).copied().unwrap_or_default(),
            ids: environments
                .iter()
                .map(|environment| environment.id.clone())
                .collect(),
        };
        Ok((links, environments))
    }
}

impl EnvironmentsOfPipelines for Records {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        let state = self.state();
        Ok(ids.iter().filter_map(|id| state.linked(id.as_str())).collect())
    }
}

impl CommitEnvironments for Records {
    async fn commit_environment(
        &self,
        transition: &EnvironmentTransition,
        answer: Option<&Answer<'_>>,
    ) -> Result<()> {
        let EnvironmentTransition {
            before,
            after,
            redeployment,
            beside,
            audit,
        } = transition;
        let mut state = self.state();
        state.check_answer(answer)?;
        let Some(environment) = after.as_ref().or(before.as_ref()) else {
            return Ok(());
        };
        let id = environment.id.to_string();
        let place = |environment: &Environment| (environment.account_id.clone(), environment.region.clone());
        let taken = |other: &Environment| {
            other.id != environment.id
                && other.unverified_since.is_none()
                && place(other) == place(environment)
        };
        let version = |environment: &Environment| environment.version;
        if state.environments.get(&id).map(version) != before.as_ref().map(version) {
            return Err(ENVIRONMENT_CHANGED);
        }
        if transition.reserves() && state.environments.values().any(taken) {
            return Err(environment.taken());
        }
        let adds = beside.as_ref().filter(|_| environment.unverified_since.is_some());
        let written = state
            .links_written
            .get(&environment.owner)
            .copied()
            .unwrap_or_default();
        if adds.is_some_and(|beside| beside.version != written) {
            return Err(Error::ConcurrentChange("your links"));
        }
        if adds.is_some() || transition.settles() {
            state.links_written.insert(environment.owner.clone(), written + 1);
        }
        state.keep(answer);
        state.audit.extend(audit.clone());
        match after {
            Some(after) => state.environments.insert(id.clone(), after.clone()),
            None => state.environments.remove(&id),
        };
        if let Some(redeployment) = redeployment {
            state.put_redeployment(redeployment);
        }
        let sort_key = format!(
            "ENVIRONMENT#{}#{}#{id}",
            environment.account_id, environment.region
        );
        state.list(transition.listings(), &sort_key, &id);
        state.written()
    }
}

impl RecordAudit for Records {
    async fn record_audit(&self, entry: &AuditEntry) -> Result<()> {
        let mut state = self.state();
        state.audit.push(entry.clone());
        state.written()
    }
}

impl AuditTrail for Records {
    async fn audit_trail(
        &self,
        subject: &Subject,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<AuditEntry>>> {
        let state = self.state();
        let about = state.audit.iter().enumerate().rev();
        let about = about.filter(|(_, entry)| entry.subject == *subject);
        let rows = about.map(|(number, entry)| Entry {
            key: format!("{number:09}"),
            record: Some(entry.clone()),
        });
        Ok(rows
            .filter(|row| after.is_none_or(|after| row.key.as_str() < after))
            .take(limit)
            .collect())
    }
}

impl Deliveries for Records {
    async fn deliveries(&self, ids: &[&PipelineId]) -> Result<BTreeMap<PipelineId, Delivery>> {
        let state = self.state();
        let known = ids.iter().filter_map(|id| state.deliveries.get_key_value(*id));
        Ok(known
            .map(|(id, delivery)| (id.clone(), delivery.clone()))
            .collect())
    }
}

impl Listings<Pipeline> for Records {
    async fn entries(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<Pipeline>>> {
        let state = self.state();
        let rows = state.rows(listing, "PIPELINE#", after, limit)?.into_iter();
        Ok(rows
            .map(|(key, id)| Entry {
                key,
                record: state.pipelines.get(&id).cloned(),
            })
            .collect())
    }
}

impl Listings<Environment> for Records {
    async fn entries(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<Environment>>> {
        let state = self.state();
        let rows = state.rows(listing, "ENVIRONMENT#", after, limit)?.into_iter();
        Ok(rows
            .map(|(key, id)| Entry {
                key,
                record: state.linked(&id),
            })
            .collect())
    }
}

impl PipelinesOfTeams for Records {
    async fn pipelines_of_teams(&self, teams: &BTreeSet<TeamName>) -> Result<BTreeMap<TeamName, u32>> {
        let state = self.state();
        let mut counts = BTreeMap::new();
        for pipeline in state.pipelines.values() {
            let counts_here = pipeline.counted && pipeline.status != PipelineStatus::Deleted;
            if counts_here && teams.contains(&pipeline.team) {
                *counts.entry(pipeline.team.clone()).or_default() += 1;
            }
        }
        Ok(counts)
    }
}

impl Listings<Redeployment> for Records {
    async fn entries(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<Redeployment>>> {
        let state = self.state();
        let rows = state.rows(listing, "REDEPLOYMENT#", after, limit)?.into_iter();
        let record = |id: &String| {
            let mut recorded = state.redeployments.values();
            let found = recorded.find(|redeployment| redeployment.id.as_str() == id);
            found
                .filter(|redeployment| redeployment.expires_at() > state.now)
                .cloned()
        };
        Ok(rows
            .map(|(key, id)| Entry {
                record: record(&id),
                key,
            })
            .collect())
    }
}

impl PipelineRows for Records {
    async fn pipeline_rows(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<PipelineRow>> {
        let rows = self.state().rows(listing, "PIPELINE#", after, limit)?;
        Ok(rows
            .into_iter()
            .map(|(key, id)| PipelineRow {
                key,
                id: PipelineId::parse(id).unwrap(),
            })
            .collect())
    }
}

impl Redeployments for Records {
    async fn redeployment(&self, id: &RedeploymentId) -> Result<Option<Redeployment>> {
        Ok(self.state().redeployments.get(id).cloned())
    }
}

impl RecordRedeployments for Records {
    async fn record(
        &self,
        redeployment: &Redeployment,
        audit: Option<&AuditEntry>,
        request: Option<&Idempotency>,
    ) -> Result<Redeployment> {
        let answer = Answer::to(request, redeployment)?;
        let mut state = self.state();
        state.check_answer(answer.as_ref())?;
        state.keep(answer.as_ref());
        state.audit.extend(audit.cloned());
        let recorded = state.put_redeployment(redeployment);
        state.written()?;
        Ok(recorded)
    }
}

impl CancelRedeployments for Records {
    async fn cancel(
        &self,
        id: &RedeploymentId,
        cancellation: &Cancellation,
        audit: Option<&AuditEntry>,
    ) -> Result<()> {
        let mut state = self.state();
        let recorded = state
            .redeployments
            .get_mut(id)
            .ok_or_else(|| Error::not_found("redeployment", id))?;
        recorded.cancellation.get_or_insert_with(|| cancellation.clone());
        state.audit.extend(audit.cloned());
        state.written()
    }
}
