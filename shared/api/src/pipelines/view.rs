//! A pipeline as clients see it.

use application::pipelines::get::Shown;
use domain::{
    account::{AccountId, Region},
    delivery::{RunSummary, Waiting},
    deployment::DeploymentSummary,
    environment::{Environment, EnvironmentStatus, Label},
    ids::{EnvironmentId, PipelineId, PipelineName, StageName},
    names::PipelineNames,
    permissions::Caller,
    pipeline::{Description, Orphan, Pipeline, PipelineStatus, Stage},
    prefix::Prefix,
    revision::Revision,
    shared_account::shared_accounts,
    strategy::Strategy,
    tags::Tags,
    team::{TeamName, Username},
};
use serde::Serialize;
use time::OffsetDateTime;

/// An application stack that a removed or moved stage has left, as clients see it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = PipelineOrphan))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrphanView {
    /// The stack and where it is.
    #[serde(flatten)]
    pub orphan: Orphan,
    /// The command by which the account's owner deletes it, with the account's credentials.
    pub command: String,
}

impl From<Orphan> for OrphanView {
    fn from(orphan: Orphan) -> Self {
        let command = orphan.command();
        Self { orphan, command }
    }
}

/// A stage of a pipeline, as clients see it. What its environment is called, where it is and whether it is ready are missing in
/// answers to changes, and where the environment is gone.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = PipelineStage))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StageView {
    /// The stage's name.
    pub name: StageName,
    /// Where it is deployed to.
    pub environment_id: EnvironmentId,
    /// Whether a person approves before it is deployed.
    pub manual_approval: bool,
    /// The environment's label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_label: Option<Label>,
    /// The environment's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The environment's region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Whether the platform can work in the environment, as the last verification found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<EnvironmentStatus>,
}

impl From<Stage> for StageView {
    fn from(stage: Stage) -> Self {
        let Stage {
            name,
            environment_id,
            manual_approval,
        } = stage;
        Self {
            name,
            environment_id,
            manual_approval,
            environment_label: None,
            account_id: None,
            region: None,
            status: None,
        }
    }
}

impl StageView {
    /// The same with what clients see of its environment.
    #[must_use]
    pub fn in_environment(self, environment: Option<&Environment>) -> Self {
        let Some(environment) = environment else {
            return self;
        };
        Self {
            environment_label: Some(environment.label.clone()),
            account_id: Some(environment.account_id.clone()),
            region: Some(environment.region.clone()),
            status: Some(environment.status),
            ..self
        }
    }
}

/// How a pipeline delivers now.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Delivery))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// The newest run; in gitflow, the newest of all CodePipelines.
    pub run: Option<RunSummary>,
    /// The approvals that wait, the oldest first.
    pub waiting: Vec<Waiting>,
}

/// A pipeline as clients see it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Pipeline))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineView {
    /// Its id.
    pub id: PipelineId,
    /// Its name.
    pub name: PipelineName,
    /// What it is for.
    pub description: Description,
    /// Its tags.
    pub tags: Tags,
    /// The team that owns it.
    pub team: TeamName,
    /// Where repository and CICD stack are.
    pub cicd_environment_id: EnvironmentId,
    /// How it delivers.
    pub strategy: Strategy,
    /// Its stages, in order.
    pub stages: Vec<StageView>,
    /// The application stacks that removed and moved stages have left; the platform does not delete them.
    pub orphans: Vec<OrphanView>,
    /// The CodeCommit repository; missing, with the next two, for who only owns the environment of a stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_name: Option<String>,
    /// Where git with git-remote-codecommit clones from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clone_url: Option<String>,
    /// The command that clones it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clone_command: Option<String>,
    /// The CICD stack.
    pub stack_name: String,
    /// The CICD stack's ARN, once it is there.
    pub stack_id: Option<String>,
    /// How far the present definition is deployed.
    pub status: PipelineStatus,
    /// The number of the last accepted change.
    pub revision: Revision,
    /// The revision that is deployed, if any.
    pub deployed_revision: Option<Revision>,
    /// The last deployment, with the cause if it failed.
    pub last_deployment: Option<DeploymentSummary>,
    /// Who created it.
    pub owner: Username,
    /// When it was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its team last changed it.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// When it was deleted.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<OffsetDateTime>,
    /// Who last changed it, if anybody has.
    pub updated_by: Option<Username>,
    /// The newest run and the approvals that wait, from the CICD account's events; missing where nothing is known, and in answers
    /// to changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
    /// What its team should know, such as stages that share an account; missing in answers to changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
}

impl PipelineView {
    /// What clients of the platform `prefix` see of `pipeline`.
    #[must_use]
    pub fn new(prefix: &Prefix, pipeline: &Pipeline) -> Self {
        let names = PipelineNames::of(prefix, pipeline);
        let (repository_name, stack_name) = (names.repository(), names.stack());
        let clone_url = names.clone_url(&pipeline.cicd_region);
        let clone_command = names.clone_command(&pipeline.cicd_region);
        // Every field: whoever adds one decides whether clients see it.
        let Pipeline {
            version: _,
            id,
            name,
            description,
            tags,
            team,
            cicd_environment_id,
            cicd_account_id: _,
            cicd_region: _,
            cicd_team: _,
            strategy,
            stages,
            stage_teams: _,
            stages_closed: _,
            orphans,
            status,
            revision,
            revisions_since: _,
            deployed_revision,
            deployed_with: _,
            deployed_templates: _,
            active_deployment: _,
            last_deployment,
            stack_id,
            deletion: _,
            counted: _,
            deleted_at,
            owner,
            created_at,
            updated_at,
            updated_by,
            updated_by_request: _,
        } = pipeline.clone();
        Self {
            repository_name: Some(repository_name),
            clone_url: Some(clone_url),
            clone_command: Some(clone_command),
            stack_name,
            id,
            name,
            description,
            tags,
            team,
            cicd_environment_id,
            strategy,
            stages: stages.into_iter().map(StageView::from).collect(),
            orphans: orphans.into_iter().map(OrphanView::from).collect(),
            stack_id,
            status,
            revision,
            deployed_revision,
            last_deployment,
            owner,
            created_at,
            updated_at,
            deleted_at,
            updated_by,
            delivery: None,
            warnings: None,
        }
    }

    /// What `caller` sees of `pipeline`: who only owns the environment of a stage has nothing to do with the repository.
    #[must_use]
    pub fn of(prefix: &Prefix, pipeline: &Pipeline, caller: &Caller) -> Self {
        let view = Self::new(prefix, pipeline);
        if caller.may_access_pipeline(pipeline) {
            return view;
        }
        Self {
            repository_name: None,
            clone_url: None,
            clone_command: None,
            ..view
        }
    }

    /// What `caller` sees of a pipeline and of what is shown beside its record.
    #[must_use]
    pub fn shown(prefix: &Prefix, shown: &Shown, caller: &Caller) -> Self {
        let Shown {
            pipeline,
            delivery,
            environments,
        } = shown;
        let view = Self::of(prefix, pipeline, caller);
        let stages = view.stages.into_iter().map(|stage| {
            let environment = environments.get(&stage.environment_id);
            stage.in_environment(environment)
        });
        let warnings = shared_accounts(pipeline, environments.values()).into_iter();
        Self {
            delivery: delivery.as_ref().map(|delivery| DeliveryView {
                run: delivery.newest_run(pipeline).cloned(),
                waiting: delivery.waiting_before_stages(pipeline),
            }),
            stages: stages.collect(),
            warnings: Some(warnings.map(|shared| shared.to_string()).collect()),
            ..view
        }
    }
}
