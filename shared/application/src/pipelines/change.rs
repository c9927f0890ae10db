//! Changing a pipeline: its description, tags and stages.

use std::collections::BTreeMap;

use domain::{
    Error, Pointer, Problems, Result,
    deployment::Deployment,
    environment::{Environment, EnvironmentId},
    input::{Change, FromInput, Members},
    names::{PipelineNames, Prefix},
    permissions::Caller,
    pipeline::{Description, Orphan, Pipeline, PipelineId, PipelineStatus, Stage, read_stages},
    revision::Revision,
    tags::Tags,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    deployments::{
        end::Endings,
        get::Deployments,
        redeploy::{Executions, under_way},
        start::{self, Workflow},
    },
    environments::EnvironmentsOfPipelines,
    ids, if_match,
};

use super::stages::{StageRequest, environments_named, with_defaults};

/// A change of a pipeline.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct ChangePipeline {
    /// What it is for; null for no description.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Description>, required = false))]
    pub description: Change<Description>,
    /// The whole new set of tags; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Tags>, required = false))]
    pub tags: Change<Tags>,
    /// The whole new list of stages, in order.
    pub stages: Option<Vec<StageRequest>>,
}

impl FromInput for ChangePipeline {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let description = members.change("description", problems);
        let tags = members.change("tags", problems);
        let stages = if members.value("stages").is_some() {
            read_stages(&mut members, problems).map(Some)
        } else {
            Some(None)
        };
        members.finish(problems);
        Some(Self {
            description: description?,
            tags: tags?,
            stages: stages?,
        })
    }
}

/// Reads what a change is checked against and writes the changed pipeline.
pub trait Store: EnvironmentsOfPipelines + Deployments + Endings {
    /// Replaces what a team may change of `before` by what `after` says, with the listings and the counters of environments,
    /// and records the deployment `next` that holds the pipeline from now on, if there is one; all or nothing.
    /// [`Error::ConcurrentChange`] if the record is not at `before`'s revision any more, another deployment holds the pipeline
    /// or an environment was unlinked.
    fn change(
        &self,
        before: &Pipeline,
        after: &Pipeline,
        next: Option<&Deployment>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// What changing pipelines works with.
#[derive(Debug)]
pub struct ChangePipelines<'a, S, W> {
    /// The records.
    pub store: &'a S,
    /// The workflow.
    pub workflow: &'a W,
    /// The platform's prefix.
    pub prefix: &'a Prefix,
}

impl<S: Store, W: Workflow + Executions> ChangePipelines<'_, S, W> {
    /// Changes the pipeline `id` and deploys it: at once, or after the deployment that is under way. A change that changes
    /// nothing writes nothing.
    pub async fn change(
        &self,
        caller: &Caller,
        id: &PipelineId,
        wanted: ChangePipeline,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        super::despite_endings(async || self.attempt(caller, id, wanted.clone(), expected, now).await).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        id: &PipelineId,
        wanted: ChangePipeline,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        let before = super::accessible(self.store, caller, id).await?;
        if before.status == PipelineStatus::Deleting {
            return Err(Error::Conflict(format!("the pipeline {id} is being deleted")));
        }
        if_match::check(expected, before.revision)?;
        let mut after = before.clone();
        apply(wanted, &mut after);
        if after == before {
            // The same change may have come before and died between writing and starting.
            start::queued(self.workflow, &before).await?;
            return Ok(before);
        }
        let environments = self.environments(caller, &before, &after).await?;
        after.orphans = orphans(self.prefix, &before, &after.stages, &environments);
        after.revision = before.revision.next();
        after.updated_at = now;
        after.updated_by = Some(caller.username.clone());
        after.updated_by_request.clone_from(&caller.request_id);
        after.status = PipelineStatus::Deploying;
        let next = if under_way(self.store, self.workflow, &before).await?.is_some() {
            None
        } else {
            let next = Deployment::queued(
                ids::deployment_id()?,
                after.id.clone(),
                after.revision,
                caller.username.clone(),
                now,
            );
            Some(next.on_request(caller.request_id.clone()))
        };
        if let Some(next) = &next {
            after.active_deployment = Some(next.id.clone());
            after.last_deployment = Some(next.summary());
        }
        self.store.change(&before, &after, next.as_ref()).await?;
        match next {
            Some(next) => start::begin(self.store, self.workflow, after, &next, now).await,
            None => Ok(after),
        }
    }

    /// The environments of the pipeline before and after the change. Those that are new to it the caller must be allowed to
    /// use; every one that is not is a problem.
    async fn environments(
        &self,
        caller: &Caller,
        before: &Pipeline,
        after: &Pipeline,
    ) -> Result<BTreeMap<EnvironmentId, Environment>> {
        let used = before.environment_ids();
        let ids = used.union(&after.environment_ids()).copied().collect();
        let found: BTreeMap<EnvironmentId, Environment> = self
            .store
            .environments(&ids)
            .await?
            .into_iter()
            .filter(|environment| used.contains(&environment.id) || caller.may_use_environment(environment))
            .map(|environment| (environment.id.clone(), environment))
            .collect();
        let mut problems = Problems::none();
        for (pointer, id) in environments_named(after.stages.iter().map(|stage| &stage.environment_id)) {
            if !found.contains_key(id) {
                problems.add(&pointer, format!("there is no environment {id} that you may use"));
            }
        }
        Ok(problems.finish(Some(found))?)
    }
}

fn apply(wanted: ChangePipeline, pipeline: &mut Pipeline) {
    let ChangePipeline {
        description,
        tags,
        stages,
    } = wanted;
    pipeline.description = description
        .apply(Some(pipeline.description.clone()))
        .unwrap_or_default();
    pipeline.tags = tags.apply(Some(pipeline.tags.clone())).unwrap_or_default();
    if let Some(stages) = stages {
        pipeline.stages = with_defaults(stages, pipeline.strategy);
    }
}

/// The orphans of a pipeline whose stages become `stages`: a stage that goes, or moves, leaves its application's stack
/// behind; one that comes back takes it over again.
pub(crate) fn orphans(
    prefix: &Prefix,
    before: &Pipeline,
    stages: &[Stage],
    environments: &BTreeMap<EnvironmentId, Environment>,
) -> Vec<Orphan> {
    let names = PipelineNames::of(prefix, before);
    let stack = |stage: &Stage| {
        let environment = environments.get(&stage.environment_id)?;
        Some(Orphan {
            stage: stage.name.clone(),
            account_id: environment.account_id.clone(),
            region: environment.region.clone(),
            stack_name: names.stage_stack(&stage.name),
        })
    };
    let wanted: Vec<Orphan> = stages.iter().filter_map(stack).collect();
    let mut orphans = before.orphans.clone();
    for left in before.stages.iter().filter_map(stack) {
        if !orphans.contains(&left) {
            orphans.push(left);
        }
    }
    orphans.retain(|orphan| !wanted.contains(orphan));
    orphans
}
