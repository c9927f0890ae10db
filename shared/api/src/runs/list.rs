//! `GET /pipelines/{pipelineId}/runs`

use application::{
    records::{EnvironmentsOfPipelines, Pipelines},
    runs::{
        Run,
        commits::ReadCommits,
        list::{self, ListRuns, RunsPosition, RunsRequest},
    },
};
use domain::Result;

use crate::{Answer, Platform, Request, answer::List, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/runs",
    operation_id = "listRuns",
    tag = "runs",
    summary = "List a pipeline's runs, the newest first",
    description = "The executions of all its CodePipelines in one list. CodePipeline keeps them for twelve months. The list is empty while there is no CodePipeline.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<Run>),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    runs: &impl ListRuns,
    repositories: &impl ReadCommits,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    let mut query = request.query();
    let limit = query.limit();
    let start = query.one("nextToken", |token| {
        RunsPosition::parse(token).map_err(|_| "must be the nextToken of an earlier page".to_owned())
    });
    query.finish()?;
    let id = pipelines::id(&request)?;
    let wanted = RunsRequest { limit, start };
    let page = list::list(store, runs, repositories, platform, &request.caller, &id, &wanted).await?;
    Ok(Answer::ok(&List::<Run> {
        items: page.items,
        next_token: page.next.map(|next| next.token()),
    }))
}
