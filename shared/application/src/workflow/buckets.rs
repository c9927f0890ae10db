//! `EmptyBuckets` and `DeleteBuckets`: CloudFormation deletes no bucket that holds objects, and the CDK has it retain
//! those of a pipeline.

use domain::{
    Result,
    ids::{DeploymentId, PipelineId},
};
use serde::{Deserialize, Serialize};

use super::deletion::{ArtifactBucket, DeletionSummary};
use crate::{artifacts::ReadArtifacts, linked_accounts::sessions::Session, step::StepInput};

/// A run of a step asks so often for objects to be deleted, a thousand at most each time; then the state machine runs
/// it again.
const BATCHES: u32 = 20;

/// Empties buckets in a linked account.
pub trait EmptyBuckets: Sync {
    /// Deletes some of the objects of `bucket` with all their versions. A bucket that is not there is empty.
    fn empty(
        &self,
        session: &Session,
        bucket: &ArtifactBucket,
    ) -> impl Future<Output = Result<Emptied>> + Send;
}

/// Deletes buckets in a linked account.
pub trait DeleteBuckets: EmptyBuckets {
    /// Deletes `bucket` if it is there; whether it is gone: it is not if it holds objects again.
    fn delete(&self, session: &Session, bucket: &ArtifactBucket)
    -> impl Future<Output = Result<bool>> + Send;
}

/// How far the emptying of a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emptied {
    /// How many versions and delete markers were deleted.
    pub objects: u32,
    /// Whether there are more.
    pub more: bool,
}

/// The input of both steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// What `PrepareDeletion` answered.
    pub deletion: DeletionSummary,
}

impl StepInput for Input {
    fn pipeline_id(&self) -> Option<&PipelineId> {
        Some(&self.deletion.pipeline_id)
    }

    fn deployment_id(&self) -> Option<&DeploymentId> {
        Some(&self.deployment_id)
    }
}

/// `$.buckets` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketsProgress {
    /// What is to be done next.
    pub progress: Progress,
    /// How many objects the last run deleted, each version counted.
    pub deleted_objects: u32,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Progress {
    /// There is more.
    InProgress,
    /// There is nothing left.
    Complete,
}

/// Empties the artifact buckets of a pipeline.
pub async fn empty(
    artifacts: &impl ReadArtifacts,
    buckets: &impl EmptyBuckets,
    input: &Input,
) -> Result<BucketsProgress> {
    let plan = input.deletion.plan(artifacts).await?;
    let session = plan.session(&input.deployment_id);
    let mut work = Work::default();
    for bucket in &plan.buckets {
        if !work.empty(buckets, &session, bucket).await? {
            break;
        }
    }
    Ok(work.answer())
}

/// Deletes the artifact buckets of a pipeline, once nothing writes to them any more.
pub async fn delete(
    artifacts: &impl ReadArtifacts,
    buckets: &impl DeleteBuckets,
    input: &Input,
) -> Result<BucketsProgress> {
    let plan = input.deletion.plan(artifacts).await?;
    let session = plan.session(&input.deployment_id);
    let mut work = Work::default();
    for bucket in &plan.buckets {
        if !work.empty(buckets, &session, bucket).await? {
            break;
        }
        if !buckets.delete(&session, bucket).await? {
            work.more = true;
        }
    }
    Ok(work.answer())
}

/// What one run of a step has done.
#[derive(Default)]
struct Work {
    batches: u32,
    objects: u32,
    more: bool,
}

impl Work {
    /// Empties `bucket` as far as one run goes; whether it is empty.
    async fn empty(
        &mut self,
        buckets: &impl EmptyBuckets,
        session: &Session,
        bucket: &ArtifactBucket,
    ) -> Result<bool> {
        loop {
            if self.batches == BATCHES {
                self.more = true;
                return Ok(false);
            }
            let Emptied { objects, more } = buckets.empty(session, bucket).await?;
            self.batches += 1;
            self.objects += objects;
            if !more {
                return Ok(true);
            }
        }
    }

    fn answer(self) -> BucketsProgress {
        BucketsProgress {
            progress: if self.more {
                Progress::InProgress
            } else {
                Progress::Complete
            },
            deleted_objects: self.objects,
        }
    }
}
