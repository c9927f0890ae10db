//! What a CodePipeline is doing now.

use application::{
    linked_accounts::sessions::Session,
    workflow::running::{FindRunning, RunningAction},
};
use aws_sdk_codepipeline::types::StageState;
use domain::Result;

use crate::{CodePipelines, under_way, waits_for_approval};

impl FindRunning for CodePipelines {
    async fn under_way(&self, session: &Session, name: &str) -> Result<Option<RunningAction>> {
        let found = self.state_of(session, name).await?;
        Ok(found.and_then(|answer| answer.stage_states().iter().find_map(at_work)))
    }
}

/// What is at work in a stage.
fn at_work(stage: &StageState) -> Option<RunningAction> {
    let action = stage.action_states().iter().find(|action| {
        let latest = action.latest_execution();
        latest.is_some_and(|latest| under_way(latest) && !waits_for_approval(latest))
    })?;
    Some(RunningAction {
        run: stage.latest_execution()?.pipeline_execution_id().to_owned(),
        stage: stage.stage_name()?.to_owned(),
        action: action.action_name()?.to_owned(),
    })
}
