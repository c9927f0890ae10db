//! What a deletion asks of the services.

use application::{
    artifacts::DeleteArtifacts,
    deployments::get::History,
    linked_accounts::{
        sessions::Session,
        stacks::{FoundStack, Phase},
    },
    workflow::{
        buckets::{DeleteBuckets, Emptied, EmptyBuckets},
        delete_repository::DeleteRepositories,
        delete_stack::DeleteStacks,
        deletion::{ArtifactBucket, PlannedStack},
        prepare_deletion::{InspectStacks, StackBucket},
    },
};
use domain::{Error, Result, account::Region, deployment::Step};

use super::World;

/// A bucket: the stack that it belongs to, and how many objects it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) stack_id: String,
    pub(crate) logical_id: String,
    pub(crate) objects: u32,
}

/// So many objects go at once.
const BATCH: u32 = 1000;

impl History for &World {
    async fn steps(&self, _: &str) -> Result<Vec<Step>> {
        Ok(Vec::new())
    }
}

impl DeleteArtifacts for &World {
    async fn delete(&self, key: &str) -> Result<()> {
        self.calls.call("DeleteObject", || {
            self.state().artifacts.remove(key);
            Ok(())
        })
    }
}

impl InspectStacks for &World {
    async fn buckets(&self, _: &Session, _: &Region, stack: &FoundStack) -> Result<Vec<StackBucket>> {
        let operation = if stack.phase() == Phase::Gone {
            "DescribeStackEvents"
        } else {
            "ListStackResources"
        };
        self.calls.call(operation, || {
            let state = self.state();
            let of_stack = state
                .buckets
                .iter()
                .filter(|(_, bucket)| bucket.stack_id == stack.id);
            Ok(of_stack
                .map(|(name, bucket)| StackBucket {
                    logical_id: bucket.logical_id.clone(),
                    name: name.clone(),
                })
                .collect())
        })
    }
}

impl DeleteStacks for &World {
    async fn begin_deletion(&self, _: &Session, stack: &PlannedStack, _: &str, token: &str) -> Result<()> {
        self.calls.call("DeleteStack", || {
            let mut state = self.state();
            let found = state.stacks.iter_mut().find(|found| found.id == stack.stack_id);
            let found = found.unwrap();
            if found.protected {
                return Err(Error::StackProtected {
                    stack: stack.name.clone(),
                    command: String::new(),
                });
            }
            "DELETE_IN_PROGRESS".clone_into(&mut found.status);
            found.token = Some(token.to_owned());
            Ok(())
        })
    }

    async fn last_token(&self, _: &Session, _: &Region, stack_id: &str) -> Result<Option<String>> {
        self.calls.call("DescribeStackEvents", || {
            let state = self.state();
            let found = state.stacks.iter().find(|found| found.id == stack_id);
            Ok(found.and_then(|found| found.token.clone()))
        })
    }
}

impl EmptyBuckets for &World {
    async fn empty(&self, _: &Session, bucket: &ArtifactBucket) -> Result<Emptied> {
        self.calls.call("DeleteObjects", || {
            let mut state = self.state();
            let Some(found) = state.buckets.get_mut(&bucket.name) else {
                return Ok(Emptied {
                    objects: 0,
                    more: false,
                });
            };
            let objects = found.objects.min(BATCH);
            found.objects -= objects;
            Ok(Emptied {
                objects,
                more: found.objects > 0,
            })
        })
    }
}

impl DeleteBuckets for &World {
    async fn delete(&self, _: &Session, bucket: &ArtifactBucket) -> Result<bool> {
        self.calls.call("DeleteBucket", || {
            let mut state = self.state();
            if state
                .buckets
                .get(&bucket.name)
                .is_some_and(|found| found.objects > 0)
            {
                return Ok(false);
            }
            state.buckets.remove(&bucket.name);
            Ok(true)
        })
    }
}

impl DeleteRepositories for &World {
    async fn delete(&self, _: &Session, repository: &str) -> Result<()> {
        self.calls.call("DeleteRepository", || {
            self.state().repositories.remove(repository);
            Ok(())
        })
    }
}
