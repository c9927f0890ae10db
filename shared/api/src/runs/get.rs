//! `GET /pipelines/{pipelineId}/runs/{runId}`

use application::{
    records::{EnvironmentsOfPipelines, Pipelines},
    runs::{FindRun, build_log::ReadLogs, commits::ReadCommits, get},
};
use domain::Result;

use crate::{Answer, Platform, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/runs/{runId}",
    operation_id = "getRun",
    tag = "runs",
    summary = "Read a run with its stages and actions, and of a failed build the end of its log",
    description = "The end of a log is its last 100 lines, 16 KiB at most. Credentials in it are masked, by what they look like and by the \
                   names that they stand behind: builds should print none all the same.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("runId" = domain::ids::RunId, Path, description = "The run"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The run", body = get::RunDetails),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    runs: &impl FindRun,
    repositories: &impl ReadCommits,
    logs: &impl ReadLogs,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let (id, run) = (pipelines::id(&request)?, super::id(&request)?);
    let caller = &request.caller;
    let details = get::get(store, runs, repositories, logs, platform, caller, (&id, &run)).await?;
    Ok(Answer::ok(&details))
}
