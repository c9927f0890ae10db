//! Creating a pipeline and starting its first deployment.

use domain::{
    Error, Pointer, Problems, Result,
    consent::Use,
    hosting,
    ids::{EnvironmentId, PipelineName},
    input::{FromInput, Members},
    lifecycle::{self, NewPipeline},
    permissions::Caller,
    pipeline::{Definition, Description, Pipeline, read_stages},
    prefix::Prefix,
    strategy::Strategy,
    tags::Tags,
    team::TeamName,
};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    Decided, size,
    stages::{NamedEnvironment, StageRequest, check_named, environments_of_stages, with_defaults},
};
use crate::{
    deployments::start::recorded,
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
    #[cfg_attr(feature = "schema", schema(value_type = Option<Description>))]
    pub description: Description,
    /// Its tags.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Tags>))]
    pub tags: Tags,
    /// The team that owns it.
    pub team: TeamName,
    /// Where repository and CICD stack go.
    pub cicd_environment_id: EnvironmentId,
    /// How it delivers.
    pub strategy: Strategy,
    /// Its stages, in order; each has its own name.
    #[cfg_attr(feature = "schema", schema(min_items = 1, max_items = 20))]
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

/// Creates a pipeline for one of the caller's teams, and with it its first deployment. The answer to a request that comes again
/// is the first one.
pub async fn create(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    prefix: &Prefix,
    caller: &Caller,
    wanted: CreatePipeline,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Pipeline> {
    if let Some(answered) = replayed::<Pipeline>(store, request).await? {
        return Ok(answered);
    }
    let Decided { transition, .. } = decide(store, prefix, caller, wanted, now).await?;
    let answer = Answer::to(request, &transition.after)?;
    match store.commit_pipeline(&transition, answer.as_ref()).await {
        Ok(()) => Ok(recorded(transition)),
        // The same request, sent twice at once, may have been first.
        Err(error) => replayed(store, request).await?.ok_or(error),
    }
}

/// What is to be written for a pipeline that `caller` wants, or why it may not be. Only reads.
pub(super) async fn decide(
    store: &impl EnvironmentsOfPipelines,
    prefix: &Prefix,
    caller: &Caller,
    wanted: CreatePipeline,
    now: OffsetDateTime,
) -> Result<Decided> {
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
    let stages = with_defaults(wanted.stages, wanted.strategy);
    let new = NewPipeline {
        id: ids::pipeline_id()?,
        name: wanted.name,
        team: wanted.team,
        cicd,
        stage_teams: lifecycle::stage_teams(&stages, &environments),
        strategy: wanted.strategy,
        definition: Definition {
            description: wanted.description,
            tags: wanted.tags,
            stages,
        },
    };
    let transition = lifecycle::create(new, lifecycle::Request::of(caller, now, ids::deployment_id()?));
    size::check(prefix, &transition.after, &environments)?;
    Ok(Decided {
        transition,
        environments,
    })
}

/// The environments that `wanted` names, each of which its team may use; every one that it may not is a problem.
async fn usable_environments(
    store: &impl EnvironmentsOfPipelines,
    caller: &Caller,
    wanted: &CreatePipeline,
) -> Result<EnvironmentsById> {
    let cicd = NamedEnvironment {
        at: Pointer::root().child("cicdEnvironmentId"),
        id: &wanted.cicd_environment_id,
        wanted: Use::Cicd(wanted.strategy),
    };
    let mut named = environments_of_stages(wanted.stages.iter().map(|stage| &stage.environment_id));
    named.push(cicd);
    let ids = named.iter().map(|named| named.id).collect();
    let found = environments_by_id(store, &ids).await?;
    let mut problems = Problems::none();
    check_named(&named, &found, &wanted.team, caller, &mut problems);
    Ok(problems.finish(Some(found))?)
}
