//! `POST /pipelines/{pipelineId}/runs`

use application::{
    records::{EnvironmentsOfPipelines, Pipelines, idempotency::KeepAnswers},
    runs::start::{self, StartRun, StartRuns},
};
use domain::Result;

use crate::{Answer, Platform, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    post,
    path = "/pipelines/{pipelineId}/runs",
    operation_id = "startRun",
    tag = "runs",
    summary = "Start the CodePipeline; in gitflow that of a stage",
    description = "It delivers the head of its branch. The body may be left out unless a stage must be named.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("Idempotency-Key" = Option<domain::request::IdempotencyKey>, Header, description = "The same key and request give the same answer for a day, and start one run: CodePipeline knows the key as its clientRequestToken"),
    ),
    request_body = Option<StartRun>,
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "The run", body = start::StartedRun, headers(("Location" = String, description = "Where to follow it"))),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines + KeepAnswers),
    runs: &impl StartRuns,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let id = pipelines::id(&request)?;
    let wanted: StartRun = request.optional_body()?.unwrap_or_default();
    let key = request.idempotency(format!("POST /pipelines/{id}/runs"))?;
    let caller = &request.caller;
    let started = start::start(store, runs, platform, caller, &id, wanted, key.as_ref()).await?;
    let location = format!("/pipelines/{id}/runs/{}", started.run_id);
    Ok(Answer::accepted(location, &started))
}
