//! `POST /pipelines/{pipelineId}/stages/{stage}/retry`

use application::{
    pipelines::live_stages::FindStates,
    records::{EnvironmentsOfPipelines, Pipelines, idempotency::KeepAnswers},
    runs::retry::{self, RetryStages},
};
use domain::Result;

use crate::{Answer, Platform, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines/{pipelineId}/stages/{stage}/retry",
    operation_id = "retryStage",
    tag = "runs",
    summary = "Try the failed actions of a stage's last run again",
    description = "The stage's deployment, or its approval, which asks again after it was rejected. Where none of these has failed, but what \
                   comes before all stages (source, build, in cdk-trunk the pipeline's update of itself), that is tried again. The run \
                   keeps its commit: what was fixed by a push comes with the run that the push starts.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("stage" = domain::ids::StageName, Path, description = "The stage"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "What is tried again", body = retry::RetriedStage, headers(("Location" = String, description = "Where to follow the run"))),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines + KeepAnswers),
    code_pipelines: &(impl FindStates + RetryStages),
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let (id, stage) = (pipelines::id(&request)?, super::stage(&request)?);
    let key = request.idempotency(format!("POST /pipelines/{id}/stages/{stage}/retry"))?;
    let caller = &request.caller;
    let retried = retry::retry(
        store,
        code_pipelines,
        platform,
        caller,
        (&id, &stage),
        key.as_ref(),
    )
    .await?;
    let location = format!("/pipelines/{id}/runs/{}", retried.run_id);
    Ok(Answer::accepted(location, &retried))
}
