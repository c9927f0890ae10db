//! The services as the steps see them, in memory.

mod accounts;
mod calls;
mod deletion;
mod records;
mod repositories;
mod running;
mod stacks;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use application::artifacts::{FindArtifacts, ReadArtifacts, WriteArtifacts};
use domain::{Error, Result};

pub(crate) use crate::fault::Fault;
pub(crate) use accounts::{Account, bootstrap, role};
pub(crate) use calls::{Calls, settle};
pub(crate) use deletion::Bucket;
pub(crate) use repositories::{Hosted, HostedCommit};
pub(crate) use stacks::Stack;

#[derive(Default)]
pub(crate) struct World {
    pub(crate) calls: Calls,
    pub(crate) records: memory::Records,
    pub(crate) state: Mutex<State>,
}

/// What lasts.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) artifacts: BTreeMap<String, Vec<u8>>,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) repositories: BTreeMap<String, Hosted>,
    pub(crate) codecommit_closed: bool,
    pub(crate) stacks: Vec<Stack>,
    pub(crate) running: BTreeMap<String, application::workflow::running::RunningAction>,
    pub(crate) failing_resource: bool,
    pub(crate) failing_deletion: bool,
    pub(crate) buckets: BTreeMap<String, Bucket>,
}

impl World {
    pub(crate) fn with_fault(at: usize, fault: Fault) -> Self {
        Self {
            calls: Calls::with_fault(at, fault),
            ..Self::default()
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl ReadArtifacts for &World {
    async fn get(&self, key: &str) -> Result<Vec<u8>> {
        self.calls.call("GetObject", || {
            self.state()
                .artifacts
                .get(key)
                .cloned()
                .ok_or_else(|| Error::Internal(format!("there is no {key}")))
        })
    }
}

impl FindArtifacts for &World {
    async fn find(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.calls
            .call("FindObject", || Ok(self.state().artifacts.get(key).cloned()))
    }
}

impl WriteArtifacts for &World {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<()> {
        self.calls.call("PutObject", || {
            self.state().artifacts.insert(key.to_owned(), body);
            Ok(())
        })
    }
}
