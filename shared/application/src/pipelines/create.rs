//! Creating a pipeline and starting its first deployment.

use std::collections::BTreeMap;

use domain::{
    Error, Pointer, Problems, Result,
    deployment::Deployment,
    environment::{Environment, EnvironmentId},
    input::{FromInput, Members},
    permissions::Caller,
    pipeline::{Description, Pipeline, PipelineName, PipelineStatus, read_stages},
    revision::Revision,
    strategy::Strategy,
    tags::Tags,
    team::TeamName,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    deployments::{
        end::Endings,
        start::{self, Workflow},
    },
    environments::EnvironmentsOfPipelines,
    idempotency::{Idempotency, KeptAnswers, replayed},
    ids,
};

use super::stages::{StageRequest, environments_named, with_defaults};

/// A request to create a pipeline.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct CreatePipeline {
    /// Its name.
    pub name: PipelineName,
    /// What it is for.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub description: Description,
    /// Its tags.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub tags: Tags,
    /// The team that owns it.
    pub team: TeamName,
    /// Where repository and CICD stack go.
    pub cicd_environment_id: EnvironmentId,
    /// How it delivers.
    pub strategy: Strategy,
    /// Its stages, in order.
    pub stages: Vec<StageRequest>,
}

impl FromInput for CreatePipeline {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let name = members.required("name", problems);
        let description = members.optional("description", problems);
        let tags = members.optional("tags", problems);
        let team = members.required("team", problems);
        let cicd_environment_id = members.required("cicdEnvironmentId", problems);
        let strategy = members.required("strategy", problems);
        let stages: Option<Vec<StageRequest>> = read_stages(&mut members, problems);
        members.finish(problems);
        Some(Self {
            name: name?,
            description: description?.unwrap_or_default(),
            tags: tags?.unwrap_or_default(),
            team: team?,
            cicd_environment_id: cicd_environment_id?,
            strategy: strategy?,
            stages: stages?,
        })
    }
}

/// Reads environments and writes a new pipeline.
pub trait Store: KeptAnswers + Endings + EnvironmentsOfPipelines {
    /// Writes `pipeline` with its listings, its first `deployment` and the answer kept for `request`, and counts the
    /// pipeline at its environments, all or nothing. [`Error::ConcurrentChange`] if an environment was unlinked, or an
    /// id or key taken, meanwhile.
    fn create(
        &self,
        pipeline: &Pipeline,
        deployment: &Deployment,
        request: Option<&Idempotency>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Creates a pipeline for one of the caller's teams and starts its deployment.
pub async fn create(
    store: &impl Store,
    workflow: &impl Workflow,
    caller: &Caller,
    wanted: CreatePipeline,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Pipeline> {
    if let Some(answered) = replayed::<Pipeline>(store, request).await? {
        // The first attempt may have died between writing and starting: starting twice is starting once.
        return start::again(workflow, answered).await;
    }
    if !caller.acts_for(&wanted.team) {
        return Err(Error::Forbidden(format!(
            "you are not in the team {}",
            wanted.team
        )));
    }
    let environments = usable_environments(store, caller, &wanted).await?;
    let cicd = &environments[&wanted.cicd_environment_id];
    let deployment = Deployment::queued(
        ids::deployment_id()?,
        ids::pipeline_id()?,
        Revision::FIRST,
        caller.username.clone(),
        now,
    )
    .on_request(caller.request_id.clone());
    let pipeline = Pipeline {
        id: deployment.pipeline_id.clone(),
        name: wanted.name,
        description: wanted.description,
        tags: wanted.tags,
        team: wanted.team,
        cicd_environment_id: cicd.id.clone(),
        cicd_account_id: cicd.account_id.clone(),
        cicd_region: cicd.region.clone(),
        cicd_team: cicd.team.clone(),
        strategy: wanted.strategy,
        stages: with_defaults(wanted.stages, wanted.strategy),
        orphans: Vec::new(),
        status: PipelineStatus::Deploying,
        revision: deployment.revision,
        deployed_revision: None,
        deployed_with: BTreeMap::new(),
        deployed_templates: BTreeMap::new(),
        active_deployment: Some(deployment.id.clone()),
        last_deployment: Some(deployment.summary()),
        stack_id: None,
        deletion: None,
        deleted_at: None,
        owner: caller.username.clone(),
        created_at: now,
        updated_at: now,
        updated_by: None,
        updated_by_request: None,
    };
    match store.create(&pipeline, &deployment, request).await {
        Ok(()) => start::begin(store, workflow, pipeline, &deployment, now).await,
        Err(error) => match replayed(store, request).await? {
            Some(answered) => start::again(workflow, answered).await,
            None => Err(error),
        },
    }
}

/// The environments that `wanted` names, each of which the caller may use; every one that is not is a problem.
async fn usable_environments(
    store: &impl Store,
    caller: &Caller,
    wanted: &CreatePipeline,
) -> Result<BTreeMap<EnvironmentId, Environment>> {
    let mut named = environments_named(wanted.stages.iter().map(|stage| &stage.environment_id));
    named.push((
        Pointer::root().child("cicdEnvironmentId"),
        &wanted.cicd_environment_id,
    ));
    let ids = named.iter().map(|(_, id)| *id).collect();
    let usable: BTreeMap<EnvironmentId, Environment> = store
        .environments(&ids)
        .await?
        .into_iter()
        .filter(|environment| caller.may_use_environment(environment))
        .map(|environment| (environment.id.clone(), environment))
        .collect();
    let mut problems = Problems::none();
    for (pointer, id) in named {
        if !usable.contains_key(id) {
            problems.add(&pointer, format!("there is no environment {id} that you may use"));
        }
    }
    Ok(problems.finish(Some(usable))?)
}
