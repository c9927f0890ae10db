//! Approvals: what waits for a person, and the answers.

use application::{
    linked_accounts::sessions::Session,
    runs::approve::{AnswerApprovals, AskingStage, Question},
};
use aws_clients::code;
use aws_sdk_codepipeline::types::{self, ActionExecutionStatus, ApprovalResult, ApprovalStatus};
use domain::{Error, Result, approval::Decision, ids::RunId};
use sts::call;

use crate::{CodePipelines, runs::NO_PIPELINE};

impl AnswerApprovals for CodePipelines {
    async fn questions(&self, session: &Session, name: &str) -> Result<Option<Vec<AskingStage>>> {
        let found = self.state_of(session, name).await?;
        Ok(found.map(|answer| answer.stage_states().iter().map(asking).collect()))
    }

    async fn answer(
        &self,
        session: &Session,
        name: &str,
        stage: &str,
        question: &Question,
        decision: Decision,
        summary: &str,
    ) -> Result<bool> {
        let status = match decision {
            Decision::Approved => ApprovalStatus::Approved,
            Decision::Rejected => ApprovalStatus::Rejected,
        };
        let result = ApprovalResult::builder()
            .status(status)
            .summary(summary)
            .build()
            .map_err(|error| Error::Internal(error.to_string()))?;
        let answer = self
            .client(session)
            .await?
            .put_approval_result()
            .pipeline_name(name)
            .stage_name(stage)
            .action_name(&question.action)
            .token(&question.token)
            .result(result)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match code(&error) {
                Some(
                    "ApprovalAlreadyCompletedException"
                    | "InvalidApprovalTokenException"
                    // The CodePipeline was changed since it was asked.
                    | "StageNotFoundException"
                    | "ActionNotFoundException"
                    | NO_PIPELINE,
                ) => Ok(false),
                _ => Err(call("codepipeline:PutApprovalResult", session).failed(error)),
            },
        }
    }
}

fn asking(state: &types::StageState) -> AskingStage {
    AskingStage {
        name: state.stage_name().unwrap_or_default().to_owned(),
        run_id: state
            .latest_execution()
            .and_then(|execution| RunId::parse(execution.pipeline_execution_id()).ok()),
        question: state.action_states().iter().find_map(|action| {
            let latest = action.latest_execution()?;
            // Only an approval has a token, and only while it waits.
            let token = latest
                .token()
                .filter(|_| latest.status() == Some(&ActionExecutionStatus::InProgress))?;
            Some(Question {
                action: action.action_name().unwrap_or_default().to_owned(),
                token: token.to_owned(),
            })
        }),
    }
}
