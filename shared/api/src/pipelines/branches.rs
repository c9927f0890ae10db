//! `GET /pipelines/{pipelineId}/branches`

use application::{
    linked_accounts::repositories::FindRepository,
    pipelines::list_branches::{self, BranchesRequest, ReadBranches, parse_token},
    records::{Environments, Pipelines},
};
use domain::Result;

use crate::{Answer, Platform, Request, answer::List};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/branches",
    operation_id = "listBranches",
    tag = "pipelines",
    summary = "List the branches of the pipeline's repository with their heads",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page, by name", body = crate::answer::List<list_branches::Branch>),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + Environments),
    repositories: &(impl FindRepository + ReadBranches),
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    let mut query = request.query();
    let limit = query.limit();
    let after = query.one("nextToken", |token| {
        parse_token(token).map_err(|_| "must be the nextToken of an earlier page".to_owned())
    });
    query.finish()?;
    let id = super::id(&request)?;
    let page = BranchesRequest { limit, after };
    let found =
        list_branches::list_branches(store, repositories, platform, &request.caller, &id, &page).await?;
    Ok(Answer::ok(&List {
        next_token: found.after.as_deref().map(list_branches::token),
        items: found.items,
    }))
}
