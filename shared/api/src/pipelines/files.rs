//! `GET /pipelines/{pipelineId}/files`

use application::{
    linked_accounts::repositories::FindRepository,
    pipelines::browse_files::{self, ReadFiles},
    records::{Environments, Pipelines},
};
use domain::{
    Result,
    repository::{BranchName, FilePath},
};

use crate::{Answer, Platform, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/files",
    operation_id = "browseFiles",
    tag = "pipelines",
    summary = "Read a folder or a file of the pipeline's repository",
    description = "Files of more than 1 MiB (1,048,576 bytes) cannot be read here: clone the repository.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("branch" = Option<BranchName>, Query, description = "The branch; main if it is not given"),
        ("path" = Option<crate::query::PathOfCaller>, Query, description = "The folder or file, from the repository's root; the root if it is not given. Slashes around it are ignored"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "What is there: a folder's entries, or a file's content", body = browse_files::Browsed),
        (status = 413, description = "The file is larger than 1 MiB", body = crate::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
))]
pub async fn handle(
    store: &(impl Pipelines + Environments),
    repositories: &(impl FindRepository + ReadFiles),
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    let mut query = request.query();
    let branch = query.one("branch", |branch| BranchName::parse(branch));
    let path = query.one("path", |path| FilePath::parse(path.trim_matches('/')));
    query.finish()?;
    let id = super::id(&request)?;
    let browsed = browse_files::browse(
        store,
        repositories,
        platform,
        &request.caller,
        &id,
        branch.unwrap_or_default(),
        path.unwrap_or_default(),
    )
    .await?;
    Ok(Answer::ok(&browsed))
}
