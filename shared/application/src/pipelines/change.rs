//! Changing a pipeline: its description, tags and stages. What is restored goes the same way ([`crate::revisions::restore`]).

use domain::{
    Pointer, Problem, Problems, Result, consent, hosting,
    ids::PipelineId,
    input::{Change, FromInput, Members},
    lifecycle::{self, Placement, Transition},
    permissions::Caller,
    pipeline::{Definition, Description, Pipeline, read_stages},
    prefix::Prefix,
    revision::{KeptRevision, Revision},
    tags::Tags,
};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    Decided, protection, size,
    stages::{NamedEnvironment, StageRequest, check_named, environments_of_stages, with_defaults},
};
use crate::{
    access::accessible,
    deployments::{
        holder::{Executions, holder},
        start::recorded,
    },
    ids,
    records::{
        CommitPipelines, Deployments, EnvironmentsById, EnvironmentsOfPipelines, Pipelines,
        environments_by_id, retrying,
    },
};

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
    /// The whole new list of stages, in order; each has its own name.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<StageRequest>, required = false, min_items = 1, max_items = 20))]
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

/// What a pipeline is asked to become.
pub(crate) enum Asked {
    Change {
        definition: Definition,
        /// Whether the request named the stages.
        stages_named: bool,
    },
    /// What an earlier revision defined.
    Restoration(KeptRevision),
}

impl Asked {
    const fn definition(&self) -> &Definition {
        match self {
            Self::Change { definition, .. } => definition,
            Self::Restoration(kept) => &kept.definition,
        }
    }

    const fn names_stages(&self) -> bool {
        match self {
            Self::Change { stages_named, .. } => *stages_named,
            Self::Restoration(_) => true,
        }
    }

    /// `problems` with the stages that they are about: who restores a revision has not written a list that pointers could point to.
    fn in_its_words(&self, problems: Problems, named: &[NamedEnvironment<'_>]) -> Problems {
        let Self::Restoration(kept) = self else {
            return problems;
        };
        let stages = &kept.definition.stages;
        problems.rephrased(|Problem { pointer, detail }| {
            let index = named.iter().position(|named| named.at == *pointer);
            match index.and_then(|index| stages.get(index)) {
                Some(stage) => format!("the stage {} of revision {}: {detail}", stage.name, kept.revision),
                None => detail.clone(),
            }
        })
    }
}

/// What changing pipelines works with.
#[derive(Debug)]
pub struct ChangePipelines<'a, S, W> {
    /// The records.
    pub store: &'a S,
    pub executions: &'a W,
    /// The platform's prefix.
    pub prefix: &'a Prefix,
}

impl<S: CommitPipelines + EnvironmentsOfPipelines, W: Executions> ChangePipelines<'_, S, W> {
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
        retrying(async || self.attempt(caller, id, wanted.clone(), expected, now).await).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        id: &PipelineId,
        wanted: ChangePipeline,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        match self.decide(caller, id, wanted, expected, now).await? {
            Decision::Unchanged(pipeline) => Ok(*pipeline),
            Decision::Change(decided) => {
                self.store.commit_pipeline(&decided.transition, None).await?;
                Ok(recorded(decided.transition))
            }
        }
    }
}

/// What becomes of a request to change a pipeline.
pub(super) enum Decision {
    /// Nothing: the pipeline is as it is wanted.
    Unchanged(Box<Pipeline>),
    /// This is to be written.
    Change(Box<Decided>),
}

impl<S: Pipelines + Deployments + EnvironmentsOfPipelines, W: Executions> ChangePipelines<'_, S, W> {
    /// What is to be written for the change that `caller` wants, or why it may not be. Only reads.
    pub(super) async fn decide(
        &self,
        caller: &Caller,
        id: &PipelineId,
        wanted: ChangePipeline,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Decision> {
        let before = accessible(self.store, caller, id).await?;
        let asked = Asked::Change {
            stages_named: wanted.stages.is_some(),
            definition: changed(wanted, &before),
        };
        let decided = self.decide_on(caller, &before, asked, expected, now).await?;
        Ok(match decided {
            Some(decided) => Decision::Change(Box::new(decided)),
            None => Decision::Unchanged(Box::new(before)),
        })
    }

    /// What is to be written so that `before` becomes what is `asked`; none if it is that already.
    pub(crate) async fn decide_on(
        &self,
        caller: &Caller,
        before: &Pipeline,
        asked: Asked,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Option<Decided>> {
        lifecycle::accepts_requests(before)?;
        let definition = asked.definition();
        if *definition == before.definition() {
            // Whichever revision was expected: the same change may have come before, and its answer been lost.
            return Ok(None);
        }
        before.revision.check_expected(expected)?;
        let environments = self.environments(before, definition).await?;
        check_consent(caller, before, &asked, &environments)?;
        protection::check(caller, before, &definition.stages, &environments)?;
        let placement = Placement::of(self.prefix, before, &definition.stages, &environments);
        let holder = holder(self.store, self.executions, before, now).await?;
        let request = lifecycle::Request::of(caller, now, ids::deployment_id()?).expecting(expected);
        let transition = match asked {
            Asked::Change { definition, .. } => {
                lifecycle::change(before, definition, placement, &holder, request)
            }
            Asked::Restoration(kept) => lifecycle::restore(before, kept, placement, &holder, request),
        };
        let Some(transition) = transition? else {
            return Ok(None);
        };
        size::check(self.prefix, &transition.after, &environments)?;
        check_places(&transition)?;
        Ok(Some(Decided {
            transition,
            environments,
        }))
    }

    /// The environments of the pipeline before and after the change.
    async fn environments(&self, before: &Pipeline, wanted: &Definition) -> Result<EnvironmentsById> {
        let named = wanted.stages.iter().map(|stage| &stage.environment_id);
        let ids = before.environment_ids().into_iter().chain(named).collect();
        environments_by_id(self.store, &ids).await
    }
}

/// Checks that the pipeline may use its environments as it is asked to become. Where that names the stages, every one that it may not
/// use is a problem there.
fn check_consent(
    caller: &Caller,
    before: &Pipeline,
    asked: &Asked,
    environments: &EnvironmentsById,
) -> Result<()> {
    let wanted = asked.definition();
    if asked.names_stages() {
        let mut problems = Problems::none();
        let named = environments_of_stages(wanted.stages.iter().map(|stage| &stage.environment_id));
        check_named(&named, environments, &before.team, caller, &mut problems);
        check_hosting(before, &named, environments, &mut problems);
        asked.in_its_words(problems, &named).finish(Some(()))?;
    }
    let after = Pipeline {
        stages: wanted.stages.clone(),
        ..before.clone()
    };
    consent::check(&after, environments)
}

/// Adds a problem for each of the stages `named` in the account of the CICD environment, if its owner does not allow that.
fn check_hosting(
    before: &Pipeline,
    named: &[NamedEnvironment<'_>],
    environments: &EnvironmentsById,
    problems: &mut Problems,
) {
    let Some(cicd) = environments.get(&before.cicd_environment_id) else {
        return;
    };
    for stage in named {
        let account = environments
            .get(stage.id)
            .map(|environment| &environment.account_id);
        let Some(account) = account.filter(|account| **account == cicd.account_id) else {
            continue;
        };
        if let Some(detail) = hosting::refusal(cicd, before.strategy, [account]) {
            problems.add(&stage.at, detail);
        }
    }
}

/// A transaction of DynamoDB takes 100 actions: of these, each environment and team that comes or goes is one or two.
fn check_places(transition: &Transition) -> Result<()> {
    const MAX_PLACES: usize = 90;
    let (listings, environments) = (transition.listings(), transition.environments());
    let places =
        listings.added.len() + listings.removed.len() + environments.added.len() + environments.removed.len();
    if places <= MAX_PLACES {
        return Ok(());
    }
    let at = Pointer::root().child("stages");
    Err(Problems::one(
        &at,
        "replaces more environments than can be recorded at once: change half of the stages first",
    )
    .into())
}

/// What the definition of `pipeline` becomes by the change `wanted`.
fn changed(wanted: ChangePipeline, pipeline: &Pipeline) -> Definition {
    let ChangePipeline {
        description,
        tags,
        stages,
    } = wanted;
    let present = pipeline.definition();
    Definition {
        description: description.apply(Some(present.description)).unwrap_or_default(),
        tags: tags.apply(Some(present.tags)).unwrap_or_default(),
        stages: stages.map_or(present.stages, |stages| with_defaults(stages, pipeline.strategy)),
    }
}
