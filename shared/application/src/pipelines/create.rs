//! Creating a pipeline and starting its first deployment.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Error, Pointer, Problems, Result,
    deployment::Deployment,
    environment::{Environment, EnvironmentId},
    input::{FromInput, Members},
    permissions::Caller,
    pipeline::{
        Description, Pipeline, PipelineName, PipelineStatus, Stage, StageName, Strategy, read_stages,
    },
    revision::Revision,
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
    idempotency::{Idempotency, KeptAnswers, replayed},
    ids,
};

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

/// A stage as a request names it.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct StageRequest {
    /// The stage's name.
    pub name: StageName,
    /// Where it is deployed to.
    pub environment_id: EnvironmentId,
    /// Whether a person approves before; the strategy decides where it is missing.
    pub manual_approval: Option<bool>,
}

impl FromInput for StageRequest {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let name = members.required("name", problems);
        let environment_id = members.required("environmentId", problems);
        let manual_approval = members.optional("manualApproval", problems);
        members.finish(problems);
        Some(Self {
            name: name?,
            environment_id: environment_id?,
            manual_approval: manual_approval?,
        })
    }
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
pub trait Store: KeptAnswers + Endings + Sync {
    /// The environments with these ids; those that do not exist are missing.
    fn environments(
        &self,
        ids: &BTreeSet<EnvironmentId>,
    ) -> impl Future<Output = Result<Vec<Environment>>> + Send;

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
    );
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
        stages: stages(wanted.stages, wanted.strategy),
        orphans: Vec::new(),
        status: PipelineStatus::Deploying,
        revision: deployment.revision,
        deployed_revision: None,
        active_deployment: Some(deployment.id.clone()),
        last_deployment: Some(deployment.summary()),
        stack_id: None,
        deletion: None,
        deleted_at: None,
        owner: caller.username.clone(),
        created_at: now,
        updated_at: now,
        updated_by: None,
    };
    match store.create(&pipeline, &deployment, request).await {
        Ok(()) => start::begin(store, workflow, pipeline, &deployment, now).await,
        Err(error) => match replayed(store, request).await? {
            Some(answered) => start::again(workflow, answered).await,
            None => Err(error),
        },
    }
}

/// The stages with the strategy's defaults filled in.
pub(super) fn stages(wanted: Vec<StageRequest>, strategy: Strategy) -> Vec<Stage> {
    wanted
        .into_iter()
        .enumerate()
        .map(|(index, stage)| Stage {
            manual_approval: stage
                .manual_approval
                .unwrap_or(strategy.approval_by_default(index)),
            name: stage.name,
            environment_id: stage.environment_id,
        })
        .collect()
}

/// The environments that `wanted` names, each of which the caller may use; every one that is not is a problem.
async fn usable_environments(
    store: &impl Store,
    caller: &Caller,
    wanted: &CreatePipeline,
) -> Result<BTreeMap<EnvironmentId, Environment>> {
    let named: Vec<(Pointer, &EnvironmentId)> = wanted
        .stages
        .iter()
        .enumerate()
        .map(|(index, stage)| {
            (
                Pointer::root()
                    .child("stages")
                    .child(index)
                    .child("environmentId"),
                &stage.environment_id,
            )
        })
        .chain([(
            Pointer::root().child("cicdEnvironmentId"),
            &wanted.cicd_environment_id,
        )])
        .collect();
    let ids = named.iter().map(|(_, id)| (*id).clone()).collect();
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
