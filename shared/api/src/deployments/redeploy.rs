//! `POST /pipelines/{pipelineId}/deployments`

use application::deployments::{
    redeploy::{self, Executions, Store},
    start::Workflow,
};
use domain::Result;

use crate::{Answer, Request, pipelines};

/// Handles the request.
pub async fn handle(
    store: &impl Store,
    workflow: &(impl Workflow + Executions),
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    request.no_body()?;
    let id = pipelines::id(&request)?;
    let key = request.idempotency(format!("POST /pipelines/{id}/deployments"))?;
    let deployment =
        redeploy::redeploy(store, workflow, &request.caller, &id, key.as_ref(), request.now).await?;
    let location = format!("/pipelines/{id}/deployments/{}", deployment.id);
    Ok(Answer::accepted(location, &deployment))
}
