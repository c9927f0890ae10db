//! `GET /pipelines/{pipelineId}/deployments/{deploymentId}`

use application::{
    deployments::get::{self, Deployments, History},
    pipelines::Pipelines,
};
use domain::Result;

use crate::{Answer, Request, pipelines};

/// Handles the request.
pub async fn handle(
    store: &(impl Deployments + Pipelines),
    history: &impl History,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let pipeline = pipelines::id(&request)?;
    let id = request.id("deploymentId", "deployment")?;
    let deployment = get::get(store, history, &request.caller, &pipeline, &id).await?;
    Ok(Answer::ok(&deployment))
}
