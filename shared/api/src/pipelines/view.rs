//! A pipeline as clients see it.

use domain::{
    delivery::{Delivery, RunSummary, Waiting},
    deployment::DeploymentSummary,
    ids::{EnvironmentId, PipelineId, PipelineName},
    names::PipelineNames,
    pipeline::{Description, Orphan, Pipeline, PipelineStatus, Stage},
    prefix::Prefix,
    revision::Revision,
    strategy::Strategy,
    tags::Tags,
    team::{TeamName, Username},
};
use serde::Serialize;
use time::OffsetDateTime;

/// An application stack that a removed or moved stage has left, as clients see it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Orphan))]
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

/// How a pipeline delivers now.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Delivery))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// The newest run, in gitflow of all CodePipelines.
    pub run: Option<RunSummary>,
    /// The approvals that wait, since the longest first.
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
    pub stages: Vec<Stage>,
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
    /// Where it is between what is asked for and what is deployed.
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
    /// The newest run and what waits for whom, as the CICD account's events tell; missing where nothing is known, and in answers to
    /// changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

impl PipelineView {
    /// What clients of the platform `prefix` see of `pipeline`.
    #[must_use]
    pub fn new(prefix: &Prefix, pipeline: &Pipeline) -> Self {
        let names = PipelineNames::of(prefix, pipeline);
        let pipeline = pipeline.clone();
        Self {
            repository_name: Some(names.repository()),
            clone_url: Some(names.clone_url(&pipeline.cicd_region)),
            clone_command: Some(names.clone_command(&pipeline.cicd_region)),
            stack_name: names.stack(),
            id: pipeline.id.clone(),
            name: pipeline.name.clone(),
            description: pipeline.description,
            tags: pipeline.tags,
            team: pipeline.team,
            cicd_environment_id: pipeline.cicd_environment_id,
            strategy: pipeline.strategy,
            stages: pipeline.stages,
            orphans: pipeline.orphans.into_iter().map(OrphanView::from).collect(),
            stack_id: pipeline.stack_id,
            status: pipeline.status,
            revision: pipeline.revision,
            deployed_revision: pipeline.deployed_revision,
            last_deployment: pipeline.last_deployment,
            owner: pipeline.owner,
            created_at: pipeline.created_at,
            updated_at: pipeline.updated_at,
            deleted_at: pipeline.deleted_at,
            updated_by: pipeline.updated_by,
            delivery: None,
        }
    }

    /// Without the repository, which is for who works on the pipeline.
    #[must_use]
    pub fn without_repository(self) -> Self {
        Self {
            repository_name: None,
            clone_url: None,
            clone_command: None,
            ..self
        }
    }

    /// With what is known of the runs of `pipeline`, whose view this is.
    #[must_use]
    pub fn with_delivery(mut self, pipeline: &Pipeline, delivery: Option<&Delivery>) -> Self {
        self.delivery = delivery.map(|delivery| DeliveryView {
            run: delivery.newest_run(pipeline).cloned(),
            waiting: delivery.waiting_before_stages(pipeline),
        });
        self
    }
}
