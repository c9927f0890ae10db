//! What the steps of a deletion share: the plan, frozen by the first of them, and how far the stacks are.

use std::collections::BTreeMap;

use domain::{
    Result,
    account::{AccountId, Region, Target},
    deployment::StackOutcome,
    ids::{DeploymentId, PipelineId},
    pipeline::Orphan,
};
use serde::{Deserialize, Serialize};

use crate::{
    artifacts::{ArtifactsPrefix, ReadArtifacts, get_json},
    linked_accounts::{
        session_policy::{Calls, SessionPolicy},
        sessions::{Access, Session},
    },
};

/// What is to be deleted, and the way to it. Whatever is gone by the time that a step comes to it counts as deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionPlan {
    pub pipeline_id: PipelineId,
    /// The way into the CICD account.
    pub cicd: Access,
    /// How the CDK was bootstrapped there.
    pub target: Target,
    /// The CICD stack, if it is there.
    pub cicd_stack: Option<PlannedStack>,
    /// The stacks of other regions that are there.
    pub support_stacks: Vec<PlannedStack>,
    /// The artifact buckets of these stacks, and those that stacks deleted by others have left.
    pub buckets: Vec<ArtifactBucket>,
    pub repository_name: String,
    /// The application's stacks, which stay.
    pub orphans: Vec<Orphan>,
}

/// A stack that is to be deleted. It is named by its id: another one of the same name is not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStack {
    pub name: String,
    pub region: Region,
    /// Its ARN.
    pub stack_id: String,
}

/// A bucket in which a pipeline keeps its artifacts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactBucket {
    pub name: String,
    pub region: Region,
}

impl DeletionPlan {
    /// For `calls` in the CICD account on behalf of `deployment`.
    pub(crate) fn session(&self, deployment: &DeploymentId, calls: &[Calls]) -> Result<Session> {
        let buckets: Vec<_> = self.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
        let policy = SessionPolicy::with_buckets(calls, &self.cicd, &self.repository_name, &buckets)?;
        Ok(Session::of_deployment(self.cicd.clone(), deployment, policy))
    }

    /// The stacks in the order in which they are deleted: the pipeline before what it works with.
    #[must_use]
    pub fn waves(&self) -> Vec<Vec<&PlannedStack>> {
        [
            self.cicd_stack.iter().collect::<Vec<_>>(),
            self.support_stacks.iter().collect(),
        ]
        .into_iter()
        .filter(|wave| !wave.is_empty())
        .collect()
    }

    /// What the state machine's execution carries of the plan.
    #[must_use]
    pub fn summary(&self, deployment: &DeploymentId, delete_repository: bool) -> DeletionSummary {
        let stacks = self.waves().into_iter().flatten();
        DeletionSummary {
            pipeline_id: self.pipeline_id.clone(),
            cicd_account_id: self.cicd.account_id.clone(),
            cicd_region: self.cicd.region.clone(),
            stacks: stacks
                .map(|stack| (stack.name.clone(), stack.region.clone()))
                .collect(),
            buckets: self.buckets.iter().map(|bucket| bucket.name.clone()).collect(),
            repository_name: self.repository_name.clone(),
            delete_repository,
            artifacts_prefix: ArtifactsPrefix::of(deployment),
        }
    }
}

/// `$.deletion` in the state machine: what a person wants to see in its console, and where the [`DeletionPlan`] lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionSummary {
    pub pipeline_id: PipelineId,
    /// Where repository and stacks are.
    pub cicd_account_id: AccountId,
    /// Where repository and CICD stack are.
    pub cicd_region: Region,
    /// The stacks and their regions.
    pub stacks: BTreeMap<String, Region>,
    /// The artifact buckets.
    pub buckets: Vec<String>,
    pub repository_name: String,
    /// Whether it goes, too.
    pub delete_repository: bool,
    /// Where the deletion's artifacts lie.
    pub artifacts_prefix: ArtifactsPrefix,
}

impl DeletionSummary {
    /// Reads the plan.
    pub async fn plan(&self, artifacts: &impl ReadArtifacts) -> Result<DeletionPlan> {
        get_json(artifacts, &self.artifacts_prefix.deletion()).await
    }
}

/// The input of the steps that delete what is there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionInput {
    pub deployment_id: DeploymentId,
    /// What `PrepareDeletion` answered.
    pub deletion: DeletionSummary,
}

/// `$.stack` in the state machine while stacks are deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackDeletion {
    /// What is to be done next.
    pub progress: DeletionProgress,
    /// The wave that is being deleted, from 1.
    pub wave: usize,
    /// The stacks of this wave and of those before it.
    pub stacks: Vec<StackOutcome>,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeletionProgress {
    /// All stacks are gone.
    Complete,
    /// The wave has ended, or a stack can be deleted only now: delete what is there.
    Next,
    /// Something in a stack could not be deleted: empty the buckets and try once more.
    Blocked,
    /// CloudFormation is at work: wait, then check.
    InProgress,
}
