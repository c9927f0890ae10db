//! Creating a pipeline and starting its first deployment.

use domain::{
    Error, Pointer, Problems, Result, hosting,
    ids::{EnvironmentId, PipelineName},
    input::{FromInput, Members},
    lifecycle::{self, NewPipeline},
    permissions::Caller,
    pipeline::{Definition, Description, Pipeline, read_stages},
    strategy::Strategy,
    tags::Tags,
    team::TeamName,
};
use serde_json::Value;
use time::OffsetDateTime;

use super::stages::{StageRequest, environments_named, with_defaults};
use crate::{
    deployments::start::{self, Workflow},
    ids,
    records::{
        CommitPipelines, EnvironmentsById, EnvironmentsOfPipelines, environments_by_id,
        idempotency::{Answer, Idempotency, replayed},
    },
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

/// Creates a pipeline for one of the caller's teams and starts its deployment.
pub async fn create(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
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
    let accounts = wanted
        .stages
        .iter()
        .map(|stage| &environments[&stage.environment_id].account_id);
    hosting::check(cicd, wanted.strategy, accounts)?;
    let new = NewPipeline {
        id: ids::pipeline_id()?,
        name: wanted.name,
        team: wanted.team,
        cicd,
        strategy: wanted.strategy,
        definition: Definition {
            description: wanted.description,
            tags: wanted.tags,
            stages: with_defaults(wanted.stages, wanted.strategy),
        },
    };
    let transition = lifecycle::create(new, lifecycle::Request::of(caller, now, ids::deployment_id()?));
    let answer = Answer::to(request, &transition.after)?;
    match store.commit_pipeline(&transition, answer.as_ref()).await {
        Ok(()) => Box::pin(start::begin(store, workflow, transition, now)).await,
        Err(error) => match replayed(store, request).await? {
            Some(answered) => start::again(workflow, answered).await,
            None => Err(error),
        },
    }
}

/// The environments that `wanted` names, each of which the caller may use; every one that is not is a problem.
async fn usable_environments(
    store: &impl EnvironmentsOfPipelines,
    caller: &Caller,
    wanted: &CreatePipeline,
) -> Result<EnvironmentsById> {
    let mut named = environments_named(wanted.stages.iter().map(|stage| &stage.environment_id));
    named.push((
        Pointer::root().child("cicdEnvironmentId"),
        &wanted.cicd_environment_id,
    ));
    let ids = named.iter().map(|(_, id)| *id).collect();
    let mut usable = environments_by_id(store, &ids).await?;
    usable.retain(|_, environment| caller.may_use_environment(environment));
    let mut problems = Problems::none();
    for (pointer, id) in named {
        if !usable.contains_key(id) {
            problems.add(&pointer, format!("there is no environment {id} that you may use"));
        }
    }
    Ok(problems.finish(Some(usable))?)
}
