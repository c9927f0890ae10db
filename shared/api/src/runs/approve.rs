//! `POST /pipelines/{pipelineId}/stages/{stage}/approval`

use application::runs::approve::{self, AnswerApproval, AnswerApprovals, Approvals};
use domain::Result;

use super::ApprovalView;
use crate::{Answer, Platform, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines/{pipelineId}/stages/{stage}/approval",
    operation_id = "answerApproval",
    tag = "runs",
    summary = "Approve or reject what waits in a stage",
    description = "For the team of the stage's environment. Where the environment says FOUR_EYES, nobody may approve who has changed the pipeline or got its credentials since the last approved run of the stage. Everybody in the team may reject.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("stage" = domain::ids::StageName, Path, description = "The stage"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    request_body = AnswerApproval,
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The answer, as it is recorded", body = ApprovalView),
    ),
))]
pub async fn handle(
    store: &impl Approvals,
    code_pipelines: &impl AnswerApprovals,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let (id, stage) = (pipelines::id(&request)?, super::stage(&request)?);
    let wanted: AnswerApproval = request.body()?;
    let key = request.idempotency(format!("POST /pipelines/{id}/stages/{stage}/approval"))?;
    let answer = approve::answer(
        store,
        code_pipelines,
        platform,
        &request.caller,
        (&id, &stage),
        wanted,
        (key.as_ref(), request.now),
    )
    .await?;
    Ok(Answer::ok(&ApprovalView::from(answer)))
}
