//! Deploying any number of pipelines again with one request: by a person, a schedule or a change of an environment.
//!
//! A record says what is wanted; a state machine of its own does it (`infra/redeployment.asl.json`): it selects the
//! pipelines page by page and asks for a deployment of each, so many at once as the platform's setting allows.

pub mod accept;
pub mod cancel;
pub mod decide;
pub mod drift;
pub mod get;
pub mod list;
pub mod request;
pub mod select;

use domain::{
    Result,
    audit::AuditEntry,
    ids::RedeploymentId,
    redeployment::{Cancellation, Cause, Redeployment, Target},
    team::Username,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::records::idempotency::Idempotency;

/// The input of an execution of the state machine that redeploys pipelines. The execution's name is the redeployment's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedeploymentInput {
    pub redeployment_id: RedeploymentId,
    /// The pipelines that are meant.
    pub target: Target,
    /// Why they are deployed again.
    pub cause: Cause,
    /// Who or what asked for it.
    pub requested_by: Username,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
}

impl From<&Redeployment> for RedeploymentInput {
    fn from(redeployment: &Redeployment) -> Self {
        let Redeployment {
            id,
            target,
            cause,
            requested_by,
            requested_at,
            teams: _,
            listed_for: _,
            cancellation: _,
        } = redeployment.clone();
        Self {
            redeployment_id: id,
            target,
            cause,
            requested_by,
            requested_at,
        }
    }
}

/// Reads a redeployment's record.
pub trait Redeployments: Sync {
    /// The record of the redeployment `id`, read consistently, if there is one.
    fn redeployment(&self, id: &RedeploymentId) -> impl Future<Output = Result<Option<Redeployment>>> + Send;
}

/// Records redeployments.
pub trait RecordRedeployments: Redeployments {
    /// Writes the record of `redeployment` if there is none of its id, adds `audit` to the audit trail and keeps the record as the
    /// answer for `request`, all or nothing; what is recorded under the id then. A record that is there already stays as it is, and
    /// that is no error.
    fn record(
        &self,
        redeployment: &Redeployment,
        audit: Option<&AuditEntry>,
        request: Option<&Idempotency>,
    ) -> impl Future<Output = Result<Redeployment>> + Send;
}

/// Cancels redeployments.
pub trait CancelRedeployments: Redeployments {
    /// Writes to the record of `id`, which is there, that it was cancelled, and adds `audit` to the audit trail. The first
    /// cancellation stays; another is no error.
    fn cancel(
        &self,
        id: &RedeploymentId,
        cancellation: &Cancellation,
        audit: Option<&AuditEntry>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Starts executions of the state machine that redeploys pipelines.
pub trait RedeploymentWorkflow: Sync {
    /// Starts the execution for `input`, named by its id. Starting it again, running or ended, is success.
    fn start(&self, input: &RedeploymentInput) -> impl Future<Output = Result<()>> + Send;
}
