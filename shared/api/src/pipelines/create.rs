//! `POST /pipelines`

use application::{
    deployments::start::Workflow,
    pipelines::create::{self, Store},
};
use domain::{Result, names::Prefix};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(
    store: &impl Store,
    workflow: &impl Workflow,
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let key = request.idempotency("POST /pipelines")?;
    let pipeline = create::create(
        store,
        workflow,
        &request.caller,
        request.body()?,
        key.as_ref(),
        request.now,
    )
    .await?;
    let view = PipelineView::new(prefix, &pipeline);
    Ok(Answer::created(format!("/pipelines/{}", pipeline.id), &view).tagged(pipeline.revision))
}
