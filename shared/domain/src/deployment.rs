//! Deployments: runs of the workflow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    Error,
    environment::DeployedSettings,
    ids::{DeploymentId, EnvironmentId, PipelineId},
    request::RequestId,
    revision::Revision,
    team::Username,
};

/// What a run of the workflow is for.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Operation {
    /// Make the pipeline what its revision says.
    #[default]
    Deploy,
    /// Delete the pipeline.
    Delete,
}

impl Operation {
    /// The operation as it stands in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "DEPLOY",
            Self::Delete => "DELETE",
        }
    }
}

/// How far a deployment is.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentStatus {
    /// Recorded; the workflow has not begun.
    Queued,
    /// The workflow runs.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
}

impl DeploymentStatus {
    /// The status as it stands in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// Why a deployment failed, for the person who has to act.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The error's stable name.
    pub error: String,
    /// What went wrong and what to do.
    pub cause: String,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            error: error.name().to_owned(),
            cause: error.to_string(),
        }
    }
}

/// A step of the workflow as it went.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The state's name in the state machine.
    pub name: String,
    /// `RUNNING`, `SUCCEEDED` or `FAILED`.
    pub status: String,
    /// How often the state was entered or its task was tried.
    pub attempts: u32,
    /// When it was first entered.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it was last left.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<OffsetDateTime>,
}

/// The commits that a deployment made or found.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// The repository.
    pub repository_name: String,
    /// The branch.
    pub branch: String,
    /// The head of the branch after the step.
    pub commit_id: String,
    /// Whether the step made it, or the head of another branch; false when there was nothing to commit.
    pub changed: bool,
    /// The other branches that stages are delivered from, and their heads after the step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub branches: BTreeMap<String, String>,
}

/// The CICD stack as a deployment left it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackOutcome {
    /// The stack's name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Its ARN.
    pub stack_id: String,
    /// What was done: `CREATED`, `UPDATED` or `UNCHANGED`.
    pub action: StackAction,
}

/// What a deployment did to a stack.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StackAction {
    /// It was not there, or in a state from which it had to be created again.
    Created,
    /// It was changed.
    Updated,
    /// It was as it should be, or belongs to the repository by now.
    Unchanged,
    /// It is being deleted, for good or to be created again.
    Deleting,
    /// It is gone.
    Deleted,
}

/// What a run of the workflow has left for the pipeline's record, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOutcome {
    /// The CICD stack's ARN.
    pub stack_id: Option<String>,
    /// The settings of the environments that the run worked with.
    pub environments: Option<BTreeMap<EnvironmentId, DeployedSettings>>,
    /// The digests of the templates that the run deployed, by the names of their stacks.
    pub templates: Option<BTreeMap<String, String>>,
    /// Whether the run has closed the way into stages.
    pub stages_closed: bool,
}

/// A deployment's record.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// What it does.
    #[serde(default)]
    pub kind: Operation,
    /// Whether a deletion deletes the repository, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_repository: Option<bool>,
    /// The revision that it deploys.
    pub revision: Revision,
    /// How far it is.
    pub status: DeploymentStatus,
    /// Who or what asked for it.
    pub requested_by: Username,
    /// The request that asked for it. Search the platform's logs for it to find everything that followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// The execution of the state machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_arn: Option<String>,
    /// The workflow's steps, once it has ended.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The commit, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The stacks, support stacks first, once they are there.
    #[serde(default)]
    pub stacks: Vec<StackOutcome>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When the workflow began.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<OffsetDateTime>,
}

/// What a pipeline's record says of its last deployment.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSummary {
    /// The deployment.
    pub id: DeploymentId,
    /// What it does.
    #[serde(default)]
    pub kind: Operation,
    /// The revision that it deploys.
    pub revision: Revision,
    /// How far it is.
    pub status: DeploymentStatus,
    /// The request that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Deployment {
    /// A deployment of `revision` that is recorded and waits for its workflow.
    #[must_use]
    pub fn queued(
        id: DeploymentId,
        pipeline_id: PipelineId,
        revision: Revision,
        requested_by: Username,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            pipeline_id,
            kind: Operation::Deploy,
            delete_repository: None,
            revision,
            status: DeploymentStatus::Queued,
            requested_by,
            request_id: None,
            execution_arn: None,
            steps: Vec::new(),
            commit: None,
            stacks: Vec::new(),
            failure: None,
            created_at: now,
            started_at: None,
            ended_at: None,
        }
    }

    /// The same on behalf of the request `id`.
    #[must_use]
    pub fn on_request(self, id: Option<RequestId>) -> Self {
        Self {
            request_id: id,
            ..self
        }
    }

    /// The same as a deletion of the pipeline.
    #[must_use]
    pub fn deleting(self, delete_repository: bool) -> Self {
        Self {
            kind: Operation::Delete,
            delete_repository: Some(delete_repository),
            ..self
        }
    }

    /// The deployment, ended well. Ending twice keeps the first time.
    #[must_use]
    pub fn succeeded(self, now: OffsetDateTime) -> Self {
        Self {
            status: DeploymentStatus::Succeeded,
            ended_at: self.ended_at.or(Some(now)),
            ..self
        }
    }

    /// The deployment, ended badly. Ending twice keeps the first time.
    #[must_use]
    pub fn failed(self, failure: Failure, now: OffsetDateTime) -> Self {
        Self {
            status: DeploymentStatus::Failed,
            failure: Some(failure),
            ended_at: self.ended_at.or(Some(now)),
            ..self
        }
    }

    /// How to ask for the same again, in words.
    #[must_use]
    pub fn again(&self) -> String {
        let id = &self.pipeline_id;
        match self.kind {
            Operation::Deploy => format!("Deploy again: POST /pipelines/{id}/deployments"),
            Operation::Delete => format!(
                "Delete the pipeline again: DELETE /pipelines/{id}?deleteRepository={}",
                self.delete_repository.unwrap_or_default()
            ),
        }
    }

    /// What the pipeline's record says of this deployment.
    #[must_use]
    pub fn summary(&self) -> DeploymentSummary {
        DeploymentSummary {
            id: self.id.clone(),
            kind: self.kind,
            revision: self.revision,
            status: self.status,
            request_id: self.request_id.clone(),
            failure: self.failure.clone(),
        }
    }
}
