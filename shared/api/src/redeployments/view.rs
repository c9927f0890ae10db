//! A redeployment as clients see it.

use application::redeployments::get::{Followed, Progress, RedeploymentStatus};
use domain::{
    deployment::Failure,
    ids::RedeploymentId,
    redeployment::{Cause, Redeployment, Target},
    team::Username,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::console;

/// A redeployment as lists show it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedeploymentSummary {
    /// Its id. If an event asked for it, the event's id.
    pub id: RedeploymentId,
    /// The pipelines that are meant.
    pub target: Target,
    /// Why they are deployed again.
    pub cause: Cause,
    /// Who or what asked for it.
    pub requested_by: Username,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// Who cancelled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<Username>,
    /// When it was cancelled.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub cancelled_at: Option<OffsetDateTime>,
}

impl From<Redeployment> for RedeploymentSummary {
    fn from(redeployment: Redeployment) -> Self {
        // Every field: whoever adds one decides whether lists show it.
        let Redeployment {
            id,
            target,
            cause,
            requested_by,
            requested_at,
            teams: _,
            listed_for: _,
            cancellation,
        } = redeployment;
        let (cancelled_by, cancelled_at) = cancellation
            .map(|cancellation| (cancellation.by, cancellation.at))
            .unzip();
        Self {
            id,
            target,
            cause,
            requested_by,
            requested_at,
            cancelled_by,
            cancelled_at,
        }
    }
}

/// A redeployment as clients see it. Each pipeline that is selected is counted once: `total` is the sum of `done`, `failed`,
/// `cancelled` and `remaining`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Redeployment))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedeploymentView {
    /// Its id. If an event asked for it, the event's id.
    pub id: RedeploymentId,
    /// The pipelines that are meant.
    pub target: Target,
    /// Why they are deployed again.
    pub cause: Cause,
    /// How far it is.
    pub status: RedeploymentStatus,
    /// Who or what asked for it.
    pub requested_by: Username,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// When it began, if it has.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<OffsetDateTime>,
    /// Who cancelled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<Username>,
    /// When it was cancelled. Deployments that were under way then end by themselves.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub cancelled_at: Option<OffsetDateTime>,
    /// How many pipelines are selected; missing while they are being selected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How many are deployed, or had no need to be.
    pub done: u64,
    /// How many could not be deployed.
    pub failed: u64,
    /// How many it will not deploy any more, because it was cancelled or ended early.
    pub cancelled: u64,
    /// How many are being deployed or wait for it.
    pub remaining: u64,
    /// Why it failed and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Its execution in Step Functions' console, pipeline by pipeline, if it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_url: Option<String>,
}

impl RedeploymentView {
    /// What clients see of `redeployment`, which has come so far.
    #[must_use]
    pub fn new(redeployment: Redeployment, progress: Progress) -> Self {
        let (cancelled_by, cancelled_at) = redeployment
            .cancellation
            .map(|cancellation| (cancellation.by, cancellation.at))
            .unzip();
        Self {
            id: redeployment.id,
            target: redeployment.target,
            cause: redeployment.cause,
            status: progress.status,
            requested_by: redeployment.requested_by,
            requested_at: redeployment.requested_at,
            started_at: progress.started_at,
            ended_at: progress.ended_at,
            cancelled_by,
            cancelled_at,
            total: progress.total,
            done: progress.done,
            failed: progress.failed,
            cancelled: progress.cancelled,
            remaining: progress.remaining,
            failure: progress.failure,
            execution_url: progress.execution_arn.as_deref().and_then(console::execution),
        }
    }
}

impl From<Followed> for RedeploymentView {
    fn from(followed: Followed) -> Self {
        Self::new(followed.redeployment, followed.progress)
    }
}
