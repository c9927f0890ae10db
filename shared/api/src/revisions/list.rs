//! `GET /pipelines/{pipelineId}/revisions`

use application::{
    records::{EnvironmentsOfPipelines, Pipelines},
    revisions::{
        RevisionHistory,
        list::{self, Revisions},
    },
};
use domain::Result;

use super::RevisionView;
use crate::{Answer, Request, pipelines};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines/{pipelineId}/revisions",
    operation_id = "listRevisions",
    tag = "revisions",
    summary = "List a pipeline's revisions, the newest first",
    description = "Each definition that the pipeline had: who asked for it, when, by which request, and what it changed. The newest \
                   100 are kept. Every number that `revision` of a pipeline had is one of them: a request to delete the pipeline \
                   makes a revision too, whose definition is the one before it. To deploy again makes none: the deployment names the \
                   present revision. For all who may read the pipeline.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<RevisionView>),
    ),
))]
pub async fn handle(
    store: &(impl RevisionHistory + Pipelines + EnvironmentsOfPipelines),
    request: Request,
) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let Revisions { page, environments } =
        list::list(store, &request.caller, &pipelines::id(&request)?, &page).await?;
    Ok(Answer::list(page, |kept| RevisionView::new(kept, &environments)))
}
