//! What the platform tells the world: an event when a deployment starts and when it has ended, when a stage waits for a person and
//! is answered, when a run of a `CodePipeline` has ended, and what is added to the audit trail.
//!
//! Each type is the `detail` of an event on the platform's bus. Within a [`Version`] members are only ever added: what reads an
//! event passes over those that it does not know. `docs/events` holds the schemas.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    audit::{AuditEntry, AuditFacts, Subject},
    deployment::{Commit, Deployment, DeploymentStatus, Failure, Operation, StackOutcome},
    ids::{DeploymentId, EnvironmentId, PipelineId, PipelineName, RunId, StageName},
    pipeline::Pipeline,
    request::RequestId,
    revision::Revision,
    strategy::Strategy,
    team::{TeamName, Username},
};

/// The version of an event's detail.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// The first.
    #[default]
    #[serde(rename = "1")]
    One,
}

/// What every event about a deployment tells.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentFacts {
    /// The version of this detail.
    pub version: Version,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// Its name.
    pub pipeline_name: PipelineName,
    /// The team that owns it.
    pub team: TeamName,
    /// How it delivers.
    pub strategy: Strategy,
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// What the run is for: deploying or deleting the pipeline.
    pub operation: Operation,
    /// The revision of the pipeline.
    pub revision: Revision,
    /// Who or what asked for it.
    pub requested_by: Username,
    /// The request that asked for it; of a redeployment the redeployment's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// The ARN of the workflow's execution.
    pub execution_arn: String,
    /// When it began; if it failed before it began, when it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
}

impl DeploymentFacts {
    /// What there is to tell about `deployment` of `pipeline`, of whose execution the ARN has been recorded.
    #[must_use]
    pub fn of(pipeline: &Pipeline, deployment: &Deployment) -> Self {
        Self {
            version: Version::One,
            pipeline_id: pipeline.id.clone(),
            pipeline_name: pipeline.name.clone(),
            team: pipeline.team.clone(),
            strategy: pipeline.strategy,
            deployment_id: deployment.id.clone(),
            operation: deployment.kind,
            revision: deployment.revision,
            requested_by: deployment.requested_by.clone(),
            request_id: deployment.request_id.clone(),
            execution_arn: deployment.execution_arn.clone().unwrap_or_default(),
            started_at: deployment.started_at.unwrap_or(deployment.created_at),
        }
    }
}

/// `Pipeline Deployment Started`: the workflow has begun to deploy a pipeline.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentStarted {
    /// The deployment.
    #[serde(flatten)]
    pub deployment: DeploymentFacts,
}

/// `Pipeline Deployment Succeeded`: the pipeline is there as its revision says.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSucceeded {
    /// The deployment.
    #[serde(flatten)]
    pub deployment: DeploymentFacts,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339")]
    pub ended_at: OffsetDateTime,
    /// The commit that it made or found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The stacks, support stacks first.
    pub stacks: Vec<StackOutcome>,
}

/// `Pipeline Deployment Failed`: a deployment or a deletion has failed, and the pipeline waits for somebody to act.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentFailed {
    /// The deployment.
    #[serde(flatten)]
    pub deployment: DeploymentFacts,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339")]
    pub ended_at: OffsetDateTime,
    /// Why it failed.
    pub failure: Failure,
}

/// `Pipeline Deleted`: the pipeline and its stacks are gone.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineDeleted {
    /// The deletion.
    #[serde(flatten)]
    pub deployment: DeploymentFacts,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339")]
    pub ended_at: OffsetDateTime,
    /// Whether the repository is gone, too: it stays unless somebody asks for that.
    pub repository_deleted: bool,
}

/// The event by which a run of the workflow ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Ended {
    /// A deployment ended well.
    Succeeded(DeploymentSucceeded),
    /// A deployment or a deletion ended badly.
    Failed(DeploymentFailed),
    /// A deletion ended well.
    Deleted(PipelineDeleted),
}

impl Ended {
    /// What there is to tell about `deployment` of `pipeline`, which has ended.
    #[must_use]
    pub fn of(pipeline: &Pipeline, deployment: &Deployment) -> Self {
        let facts = DeploymentFacts::of(pipeline, deployment);
        let ended_at = deployment.ended_at.unwrap_or(facts.started_at);
        match (&deployment.failure, deployment.kind) {
            (Some(failure), _) => Self::Failed(DeploymentFailed {
                deployment: facts,
                ended_at,
                failure: failure.clone(),
            }),
            (None, Operation::Deploy) => Self::Succeeded(DeploymentSucceeded {
                deployment: facts,
                ended_at,
                commit: deployment.commit.clone(),
                stacks: deployment.stacks.clone(),
            }),
            (None, Operation::Delete) => Self::Deleted(PipelineDeleted {
                deployment: facts,
                ended_at,
                repository_deleted: deployment.delete_repository.unwrap_or_default(),
            }),
        }
    }

    /// The event's `detail-type`.
    #[must_use]
    pub const fn detail_type(&self) -> &'static str {
        match self {
            Self::Succeeded(_) => "Pipeline Deployment Succeeded",
            Self::Failed(_) => "Pipeline Deployment Failed",
            Self::Deleted(_) => "Pipeline Deleted",
        }
    }

    #[must_use]
    pub const fn deployment(&self) -> &DeploymentFacts {
        match self {
            Self::Succeeded(event) => &event.deployment,
            Self::Failed(event) => &event.deployment,
            Self::Deleted(event) => &event.deployment,
        }
    }

    /// When it ended.
    #[must_use]
    pub const fn ended_at(&self) -> OffsetDateTime {
        match self {
            Self::Succeeded(event) => event.ended_at,
            Self::Failed(event) => event.ended_at,
            Self::Deleted(event) => event.ended_at,
        }
    }

    /// Why it failed, if it did.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(event) => Some(&event.failure),
            Self::Succeeded(_) | Self::Deleted(_) => None,
        }
    }

    /// How it ended.
    #[must_use]
    pub const fn status(&self) -> DeploymentStatus {
        match self {
            Self::Failed(_) => DeploymentStatus::Failed,
            Self::Succeeded(_) | Self::Deleted(_) => DeploymentStatus::Succeeded,
        }
    }
}

/// What every event about a run tells.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunFacts {
    /// The version of this detail.
    pub version: Version,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// Its name.
    pub pipeline_name: PipelineName,
    /// The team that owns it.
    pub team: TeamName,
    /// How it delivers.
    pub strategy: Strategy,
    /// The `CodePipeline`.
    pub code_pipeline: String,
    /// The run: the `CodePipeline`'s execution.
    pub run_id: RunId,
    /// How often the run has been tried: a stage that is retried makes it one more.
    pub attempt: u32,
    /// When the run began; missing while only its approval is known.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<OffsetDateTime>,
    /// The `CodePipeline` in AWS's console.
    pub console_url: String,
}

/// `Pipeline Stage Waiting For Approval`: a run has come to a stage that a person approves.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageWaiting {
    /// The run.
    #[serde(flatten)]
    pub run: RunFacts,
    /// The stage.
    pub stage: StageName,
    /// Who may answer: the team of the stage's environment.
    pub approval_team: TeamName,
    /// Since when it waits.
    #[serde(with = "time::serde::rfc3339")]
    pub waiting_since: OffsetDateTime,
    /// Where the answer is posted, below the API's URL.
    pub approval_path: String,
}

/// `Pipeline Stage Approved` and `Pipeline Stage Rejected`: the stage does not wait any more.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageAnswered {
    /// The run.
    #[serde(flatten)]
    pub run: RunFacts,
    /// The stage.
    pub stage: StageName,
    /// Who might answer: the team of the stage's environment.
    pub approval_team: TeamName,
    /// When it was answered.
    #[serde(with = "time::serde::rfc3339")]
    pub answered_at: OffsetDateTime,
    /// Who answered; missing if it was not done through the platform: in AWS, or nobody answered in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Username>,
    /// What that person wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The commit that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_id: Option<String>,
    /// What `CodePipeline` says of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// `Pipeline Run Succeeded` and `Pipeline Run Failed`: a run has ended.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunEnded {
    /// The run.
    #[serde(flatten)]
    pub run: RunFacts,
    /// The stage that the `CodePipeline` delivers, in gitflow; else it delivers all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageName>,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339")]
    pub ended_at: OffsetDateTime,
}

/// An event about a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RunEvent {
    /// A stage waits.
    Waiting(StageWaiting),
    /// A stage was approved.
    Approved(StageAnswered),
    /// A stage was rejected.
    Rejected(StageAnswered),
    /// A run got through.
    Succeeded(RunEnded),
    Failed(RunEnded),
}

impl RunEvent {
    /// The event's `detail-type`.
    #[must_use]
    pub const fn detail_type(&self) -> &'static str {
        match self {
            Self::Waiting(_) => "Pipeline Stage Waiting For Approval",
            Self::Approved(_) => "Pipeline Stage Approved",
            Self::Rejected(_) => "Pipeline Stage Rejected",
            Self::Succeeded(_) => "Pipeline Run Succeeded",
            Self::Failed(_) => "Pipeline Run Failed",
        }
    }
}

/// `Audit Entry Added`: somebody asked for something, and how it was answered.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntryAdded {
    /// The version of this detail.
    pub version: Version,
    /// The pipeline that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_id: Option<PipelineId>,
    /// The environment that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_id: Option<EnvironmentId>,
    /// The entry.
    #[serde(flatten)]
    pub entry: AuditFacts,
}

impl AuditEntryAdded {
    /// The event's `detail-type`.
    pub const DETAIL_TYPE: &str = "Audit Entry Added";
}

impl From<AuditEntry> for AuditEntryAdded {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { subject, facts } = entry;
        let (pipeline_id, environment_id) = match subject {
            Subject::Pipeline(id) => (Some(id), None),
            Subject::Environment(id) => (None, Some(id)),
        };
        Self {
            version: Version::One,
            pipeline_id,
            environment_id,
            entry: facts,
        }
    }
}
