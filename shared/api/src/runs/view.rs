//! An answered approval as clients see it.

use domain::{
    approval::{Approval, Comment, Decision},
    ids::{RunId, StageName},
    team::Username,
};
use serde::Serialize;
use time::OffsetDateTime;

/// An answered approval.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AnsweredApproval))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalView {
    /// The pipeline's stage.
    pub stage: StageName,
    /// The answer.
    pub decision: Decision,
    /// What was said to it.
    pub comment: Comment,
    /// Who answered.
    pub by: Username,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The run.
    pub run_id: RunId,
    /// The commit that it delivers.
    pub commit_id: Option<String>,
}

impl From<Approval> for ApprovalView {
    fn from(approval: Approval) -> Self {
        Self {
            stage: approval.stage,
            decision: approval.decision,
            comment: approval.comment,
            by: approval.by,
            at: approval.at,
            run_id: approval.run_id,
            commit_id: approval.commit_id,
        }
    }
}
