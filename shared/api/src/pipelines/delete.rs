//! `DELETE /pipelines/{pipelineId}`

use application::{
    deployments::holder::Executions,
    pipelines::delete::DeletePipelines,
    records::{CommitPipelines, EnvironmentsOfPipelines},
};
use domain::{Result, prefix::Prefix};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    delete,
    path = "/pipelines/{pipelineId}",
    operation_id = "deletePipeline",
    tag = "pipelines",
    summary = "Delete a pipeline",
    description = "Deletes the pipeline's stacks and artifacts, then its record. It deletes the repository only if you ask for that. During a \
                   deployment the deletion is accepted at once and follows it. A deletion that failed says why in the \
                   pipeline's last deployment; deleting the pipeline again resumes it. The application's own stacks stay: \
                   the answer's orphans name them with the commands that delete them. Administrators can read the history \
                   of a deleted pipeline for 90 days.",
    params(
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("deleteRepository" = Option<bool>, Query, description = "Whether to delete the repository, too, with everything that was ever committed to it. The default is false"),
        ("If-Match" = Option<crate::entity_tags::EntityTags>, Header, description = "The entity tag of the record that the deletion is meant for"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "The pipeline, which is being deleted: lastDeployment is its deletion", body = super::PipelineView, headers(("ETag" = String, description = "The revision"), ("Location" = String, description = "Where to follow it"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    executions: &impl Executions,
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    let mut query = request.query();
    let delete_repository = query.one("deleteRepository", |text| {
        text.parse::<bool>()
            .map_err(|_| "must be true or false".to_owned())
    });
    query.finish()?;
    request.no_body()?;
    let (id, expected) = (super::id(&request)?, request.if_match()?);
    let pipelines = DeletePipelines {
        store,
        executions,
        prefix,
    };
    // Boxed: the compiler gives up on futures that are nested too deeply.
    let pipeline = Box::pin(pipelines.delete(
        &request.caller,
        &id,
        delete_repository.unwrap_or_default(),
        expected.as_deref(),
        request.now,
    ))
    .await?;
    let location = format!("/pipelines/{id}");
    Ok(Answer::accepted(location, &PipelineView::new(prefix, &pipeline)).tagged(pipeline.revision))
}
