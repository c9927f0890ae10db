//! `EmptyBuckets` and `DeleteBuckets`: CloudFormation deletes no bucket that holds objects, and the CDK has it retain
//! those of a pipeline.

use domain::Result;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::deletion::{ArtifactBucket, DeletionInput};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{artifacts::ReadArtifacts, linked_accounts::sessions::Session, step::Step};

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

/// `$.buckets` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketsProgress {
    /// What is to be done next.
    pub progress: EmptyingProgress,
    /// How many objects the last run deleted, each version counted.
    pub deleted_objects: u32,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EmptyingProgress {
    /// There is more.
    InProgress,
    /// There is nothing left.
    Complete,
}

/// What emptying buckets takes.
pub(crate) const EMPTYING: &[Calls] = &[Calls {
    on: On::Buckets,
    actions: &[
        "s3:ListBucketVersions",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
    ],
}];

/// What deleting buckets takes: something may have been written meanwhile.
pub(crate) const DELETING: &[Calls] = &[Calls {
    on: On::Buckets,
    actions: &[
        "s3:ListBucketVersions",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:DeleteBucket",
    ],
}];

/// Empties the artifact buckets of a pipeline.
#[derive(Debug)]
pub struct EmptyArtifactBuckets<A, B> {
    pub artifacts: A,
    /// The pipelines' buckets.
    pub buckets: B,
}

impl<A: ReadArtifacts, B: EmptyBuckets> Step for EmptyArtifactBuckets<A, B> {
    const NAME: &'static str = "EmptyBuckets";
    type Input = DeletionInput;
    type Output = BucketsProgress;

    async fn run(&self, input: DeletionInput, _: OffsetDateTime) -> Result<BucketsProgress> {
        let plan = input.deletion.plan(&self.artifacts).await?;
        let session = plan.session(&input.deployment_id, EMPTYING)?;
        let mut emptying = Emptying::default();
        for bucket in &plan.buckets {
            if !emptying.empty(&self.buckets, &session, bucket).await? {
                break;
            }
        }
        Ok(emptying.answer())
    }
}

/// Deletes the artifact buckets of a pipeline, once nothing writes to them any more.
#[derive(Debug)]
pub struct DeleteArtifactBuckets<A, B> {
    pub artifacts: A,
    /// The pipelines' buckets.
    pub buckets: B,
}

impl<A: ReadArtifacts, B: DeleteBuckets> Step for DeleteArtifactBuckets<A, B> {
    const NAME: &'static str = "DeleteBuckets";
    type Input = DeletionInput;
    type Output = BucketsProgress;

    async fn run(&self, input: DeletionInput, _: OffsetDateTime) -> Result<BucketsProgress> {
        let plan = input.deletion.plan(&self.artifacts).await?;
        let session = plan.session(&input.deployment_id, DELETING)?;
        let mut emptying = Emptying::default();
        for bucket in &plan.buckets {
            if !emptying.empty(&self.buckets, &session, bucket).await? {
                break;
            }
            if !self.buckets.delete(&session, bucket).await? {
                emptying.more = true;
            }
        }
        Ok(emptying.answer())
    }
}

/// What one run of a step has done.
#[derive(Default)]
struct Emptying {
    batches: u32,
    objects: u32,
    more: bool,
}

impl Emptying {
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
                EmptyingProgress::InProgress
            } else {
                EmptyingProgress::Complete
            },
            deleted_objects: self.objects,
        }
    }
}
