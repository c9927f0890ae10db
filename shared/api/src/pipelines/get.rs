//! `GET /pipelines/{pipelineId}`

use application::pipelines::{Pipelines, get};
use domain::{Result, names::Prefix};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(store: &impl Pipelines, prefix: &Prefix, request: Request) -> Result<Answer> {
    request.query().finish()?;
    let pipeline = get::get(store, &request.caller, &super::id(&request)?).await?;
    Ok(Answer::ok(&PipelineView::new(prefix, &pipeline)).tagged(pipeline.revision))
}
