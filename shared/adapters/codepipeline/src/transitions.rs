//! The way into stages of CodePipelines.

use application::linked_accounts::{
    sessions::Session,
    stage_transitions::{ClosedStage, StageTransitions},
};
use aws_clients::code;
use aws_sdk_codepipeline::types::StageTransitionType;
use domain::Result;
use sts::call;

use crate::{CodePipelines, closed, runs::NO_PIPELINE};

/// What CodePipeline says where there is no such stage.
const NO_STAGE: &str = "StageNotFoundException";

impl StageTransitions for CodePipelines {
    async fn close(&self, session: &Session, name: &str, part: &str, reason: &str) -> Result<bool> {
        let answer = self
            .client(session)
            .await?
            .disable_stage_transition()
            .pipeline_name(name)
            .stage_name(part)
            .transition_type(StageTransitionType::Inbound)
            .reason(reason)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if matches!(code(&error), Some(NO_PIPELINE | NO_STAGE)) => Ok(false),
            Err(error) => Err(call("codepipeline:DisableStageTransition", session).failed(error)),
        }
    }

    async fn closed(&self, session: &Session, name: &str) -> Result<Vec<ClosedStage>> {
        let Some(found) = self.state_of(session, name).await? else {
            return Ok(Vec::new());
        };
        let closed = found.stage_states().iter().filter_map(|state| {
            let inbound = state.inbound_transition_state()?;
            closed(inbound).map(|closed| ClosedStage {
                part: state.stage_name().unwrap_or_default().to_owned(),
                reason: closed.reason,
            })
        });
        Ok(closed.collect())
    }

    async fn open(&self, session: &Session, name: &str, part: &str) -> Result<()> {
        let answer = self
            .client(session)
            .await?
            .enable_stage_transition()
            .pipeline_name(name)
            .stage_name(part)
            .transition_type(StageTransitionType::Inbound)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // It went meanwhile.
            Err(error) if matches!(code(&error), Some(NO_PIPELINE | NO_STAGE)) => Ok(()),
            Err(error) => Err(call("codepipeline:EnableStageTransition", session).failed(error)),
        }
    }
}
