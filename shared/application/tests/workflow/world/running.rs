//! What CodePipelines are doing.

use application::{
    linked_accounts::sessions::Session,
    workflow::running::{FindRunning, RunningAction},
};
use domain::Result;

use super::World;

impl FindRunning for &World {
    async fn under_way(&self, _: &Session, name: &str) -> Result<Option<RunningAction>> {
        self.calls
            .call("GetPipelineState", || Ok(self.state().running.get(name).cloned()))
    }
}
