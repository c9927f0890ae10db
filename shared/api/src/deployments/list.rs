//! `GET /pipelines/{pipelineId}/deployments`

use application::{
    deployments::list::{self, DeploymentHistory},
    records::Pipelines,
};
use domain::Result;

use super::DeploymentView;
use crate::{Answer, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/deployments",
    operation_id = "listDeployments",
    tag = "deployments",
    summary = "List a pipeline's deployments, the newest first",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<DeploymentView>),
    ),
))]
pub async fn handle(store: &(impl DeploymentHistory + Pipelines), request: Request) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let page = list::list(store, &request.caller, &pipelines::id(&request)?, &page).await?;
    Ok(Answer::list(page, DeploymentView::from))
}
