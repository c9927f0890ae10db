//! `POST /pipelines/{pipelineId}/runs/{runId}/stop`

use application::{
    records::{EnvironmentsOfPipelines, Pipelines, idempotency::KeepAnswers},
    runs::stop::{self, StopRun, StopRuns},
};
use domain::Result;

use crate::{Answer, Platform, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines/{pipelineId}/runs/{runId}/stop",
    operation_id = "stopRun",
    tag = "runs",
    summary = "Stop a run",
    description = "Actions that run are finished, so that no deployment stops in the middle. An approval that the run waits for is abandoned. A run that is being stopped already gets the same answer.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("runId" = domain::ids::RunId, Path, description = "The run"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day"),
    ),
    request_body = StopRun,
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "The run is being stopped", body = stop::StoppedRun, headers(("Location" = String, description = "Where to follow it"))),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines + KeepAnswers),
    runs: &impl StopRuns,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let (id, run) = (pipelines::id(&request)?, super::id(&request)?);
    let wanted: StopRun = request.body()?;
    let key = request.idempotency(format!("POST /pipelines/{id}/runs/{run}/stop"))?;
    let caller = &request.caller;
    let stopped = stop::stop(store, runs, platform, caller, (&id, &run), wanted, key.as_ref()).await?;
    let location = format!("/pipelines/{id}/runs/{run}");
    Ok(Answer::accepted(location, &stopped))
}
