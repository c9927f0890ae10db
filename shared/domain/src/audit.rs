//! Who asked for what, when and from where, and how it was answered: entries that are added and never changed.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    Error,
    ids::{EnvironmentId, PipelineId},
    permissions::Caller,
    request::RequestId,
    team::Username,
};

/// How many days an entry can be read.
pub const AUDIT_DAYS: u32 = 400;

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    Pipeline(PipelineId),
    Environment(EnvironmentId),
}

/// What was asked for: the operations of the API that change something, by their ids.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    LinkEnvironment,
    ChangeEnvironment,
    VerifyEnvironment,
    UnlinkEnvironment,
    EvictPipeline,
    CreatePipeline,
    ChangePipeline,
    RestoreRevision,
    DeletePipeline,
    RedeployPipeline,
    IssueCredentials,
    AnswerApproval,
    RetryStage,
    StartRun,
    StopRun,
    RequestRedeployment,
    CancelRedeployment,
}

/// How it was answered.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuditOutcome {
    /// It was done, or is recorded to be done.
    Accepted,
    /// The caller may not do it.
    Refused,
}

/// An entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    #[serde(flatten)]
    pub facts: AuditFacts,
}

/// What an entry of the audit trail says, to who reads the trail and to who hears the event.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AuditEntry))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditFacts {
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who asked.
    pub by: Username,
    /// The address that the request came from; missing for what the platform did by itself.
    // As API Gateway saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_address: Option<String>,
    /// The request, or the redeployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// What was asked for: the id of an operation of this API.
    pub action: Action,
    /// How it was answered.
    pub outcome: AuditOutcome,
    /// What was done; of what was refused, the kind of problem and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl AuditEntry {
    /// The entry for `action` on `subject`, which `caller` asked for and which is done.
    #[must_use]
    pub fn accepted(caller: &Caller, subject: Subject, action: Action, at: OffsetDateTime) -> Self {
        Self {
            subject,
            facts: AuditFacts {
                at,
                by: caller.username.clone(),
                source_address: caller.source_address.clone(),
                request_id: caller.request_id.clone(),
                action,
                outcome: AuditOutcome::Accepted,
                detail: None,
            },
        }
    }

    /// The same, refused by `error`.
    #[must_use]
    pub fn refused(mut self, error: &Error) -> Self {
        self.facts.outcome = AuditOutcome::Refused;
        self.saying(format!("{}: {error}", error.name()))
    }

    /// The same, with what was done.
    #[must_use]
    pub fn saying(mut self, detail: impl Into<String>) -> Self {
        self.facts.detail = Some(detail.into());
        self
    }
}
