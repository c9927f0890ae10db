//! `DELETE /environments/{environmentId}/pipelines/{pipelineId}`

use application::{
    deployments::holder::Executions,
    environments::evict::Evict,
    linked_accounts::stage_transitions::StageTransitions,
    platform::Platform,
    records::{CommitPipelines, Environments, EnvironmentsOfPipelines},
};
use domain::{Result, ids::PipelineId};

use crate::{Answer, Request, pipelines::PipelineView};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    delete,
    path = "/environments/{environmentId}/pipelines/{pipelineId}",
    operation_id = "evictPipeline",
    tag = "environments",
    summary = "Evict a pipeline's stages from an environment",
    description = "For the environment's team, whoever owns the pipeline. The way into the stages is closed at once, and a revision \
                   without them is recorded as yours and deployed. A pipeline that has no other stages is deleted; its repository \
                   is kept. The applications' stacks stay: the answer's orphans hold the commands that delete them.",
    params(
        ("environmentId" = domain::ids::EnvironmentId, Path, description = "The environment"),
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 202, description = "The pipeline without the stages; its deployment or deletion is under way", body = PipelineView, headers(("ETag" = String, description = "The revision"), ("Location" = String, description = "Where to follow it"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitPipelines + Environments + EnvironmentsOfPipelines),
    executions: &impl Executions,
    transitions: &impl StageTransitions,
    platform: &Platform,
    request: Request,
) -> Result<Answer> {
    request.query().finish()?;
    let id = super::id(&request)?;
    let pipeline_id: PipelineId = request.id("pipelineId", "pipeline")?;
    let evict = Evict {
        store,
        executions,
        transitions,
        platform,
    };
    let pipeline = evict
        .evict(&request.caller, &id, &pipeline_id, request.now)
        .await?;
    let view = PipelineView::of(&platform.prefix, &pipeline, &request.caller);
    let location = format!("/pipelines/{pipeline_id}");
    Ok(Answer::accepted(location, &view).tagged(pipeline.revision))
}
