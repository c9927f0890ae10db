//! `GET /pipelines/{pipelineId}/deployments`

use application::{
    deployments::list::{self, DeploymentHistory},
    pipelines::Pipelines,
};
use domain::Result;

use crate::{Answer, Request, pipelines};

/// Handles the request.
pub async fn handle(store: &(impl DeploymentHistory + Pipelines), request: Request) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    query.finish()?;
    let page = list::list(store, &request.caller, &pipelines::id(&request)?, &page).await?;
    Ok(Answer::list(page, |deployment| deployment))
}
