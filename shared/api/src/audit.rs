//! The audit trail at the edge: what of a request's answer is added to it, and reading it.

pub mod of_environment;
pub mod of_pipeline;

use application::audit::{RecordAudit, is_refusal};
use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use domain::{
    Result,
    audit::{Action, AuditEntry, Subject},
    permissions::Caller,
};
use time::OffsetDateTime;

use crate::Answer;

/// What the request asks to be done, and with what: none for what is not audited.
pub(crate) fn asked_for(
    event: &ApiGatewayProxyRequest,
    caller: &Caller,
    now: OffsetDateTime,
) -> Option<AuditEntry> {
    let route = (event.http_method.as_str(), event.resource.as_deref()?);
    let action = match route {
        ("PATCH", "/environments/{environmentId}") => Action::ChangeEnvironment,
        ("DELETE", "/environments/{environmentId}") => Action::UnlinkEnvironment,
        ("POST", "/environments/{environmentId}/verification") => Action::VerifyEnvironment,
        ("DELETE", "/environments/{environmentId}/pipelines/{pipelineId}") => Action::EvictPipeline,
        ("PATCH", "/pipelines/{pipelineId}") => Action::ChangePipeline,
        ("POST", "/pipelines/{pipelineId}/revisions/{revision}/restoration") => Action::RestoreRevision,
        ("DELETE", "/pipelines/{pipelineId}") => Action::DeletePipeline,
        ("POST", "/pipelines/{pipelineId}/deployments") => Action::RedeployPipeline,
        ("POST", "/pipelines/{pipelineId}/credentials") => Action::IssueCredentials,
        ("POST", "/pipelines/{pipelineId}/stages/{stage}/approval") => Action::AnswerApproval,
        ("POST", "/pipelines/{pipelineId}/stages/{stage}/retry") => Action::RetryStage,
        ("POST", "/pipelines/{pipelineId}/runs") => Action::StartRun,
        ("POST", "/pipelines/{pipelineId}/runs/{runId}/stop") => Action::StopRun,
        _ => return None,
    };
    let id = |name: &str| event.path_parameters.get(name);
    let subject = match id("environmentId") {
        Some(id) => Subject::Environment(id.parse().ok()?),
        None => Subject::Pipeline(id("pipelineId")?.parse().ok()?),
    };
    let about: Vec<&str> = ["stage", "runId", "revision"]
        .into_iter()
        .filter_map(|name| id(name).map(String::as_str))
        .collect();
    let entry = AuditEntry::accepted(caller, subject, action, now);
    Some(if about.is_empty() {
        entry
    } else {
        entry.saying(about.join(" "))
    })
}

/// Adds to the audit trail what the records do not add by themselves: what was refused, and what was done elsewhere. The answer
/// stands whatever comes of that: the fault is for the operators.
pub(crate) async fn add(store: &impl RecordAudit, asked: AuditEntry, answered: &Result<Answer>) {
    let done_elsewhere = matches!(
        asked.facts.action,
        Action::EvictPipeline
            | Action::AnswerApproval
            | Action::RetryStage
            | Action::StartRun
            | Action::StopRun
    );
    let entry = match answered {
        Ok(_) if done_elsewhere => asked,
        Err(error) if is_refusal(error) => asked.refused(error),
        _ => return,
    };
    if let Err(error) = store.record_audit(&entry).await {
        tracing::error!(
            error = error.name(),
            "an entry of the audit trail is lost: {error}"
        );
    }
}
