//! `POST /redeployments`

use application::{
    audit::RecordAudit,
    records::{Environments, Pipelines, idempotency::KeptAnswers},
    redeployments::{RecordRedeployments, get::Progress, request},
};
use domain::{
    Result,
    audit::{Action, AuditEntry},
    redeployment::Target,
};

use super::RedeploymentView;
use crate::{Answer, Request, audit};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/redeployments",
    operation_id = "requestRedeployment",
    tag = "redeployments",
    summary = "Deploy any number of pipelines again",
    description = "Deploys the present revision of each of these pipelines, as many at once as the platform's setting allows. One pipeline: who may deploy it; those of an environment: who may change it; those of a strategy, or \
                   all: administrators. The same can be asked for by an event of the type Pipeline Redeploy Requested on the \
                   platform's bus; the redeployment then has the event's id.",
    params(
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    request_body = Target,
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "The redeployment, which has begun", body = RedeploymentView, headers(("Location" = String, description = "Where to follow it"))),
    ),
))]
pub async fn handle(
    store: &(impl RecordRedeployments + KeptAnswers + Pipelines + Environments + RecordAudit),
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let key = request.idempotency("POST /redeployments")?;
    let target: Target = request.body()?;
    let Request { caller, now, .. } = &request;
    let asked = target
        .audited_at()
        .map(|subject| AuditEntry::accepted(caller, subject, Action::RequestRedeployment, *now));
    let recorded = request::request(store, caller, target, key.as_ref(), *now).await;
    let answered = recorded.map(|redeployment| {
        let location = super::location(&redeployment.id);
        Answer::accepted(
            location,
            &RedeploymentView::new(redeployment, Progress::recorded()),
        )
    });
    // What it is about is in the body, which only this handler reads.
    if let Some(asked) = asked {
        audit::add(store, asked, &answered).await;
    }
    answered
}
