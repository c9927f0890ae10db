//! `PATCH /pipelines/{pipelineId}`

use application::{
    deployments::holder::Executions,
    pipelines::change::ChangePipelines,
    records::{CommitPipelines, EnvironmentsOfPipelines},
};
use domain::{Result, prefix::Prefix};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    patch,
    path = "/pipelines/{pipelineId}",
    operation_id = "changePipeline",
    tag = "pipelines",
    summary = "Change a pipeline and deploy it",
    description = "A change during a deployment is accepted at once and deployed after it; several are deployed together. A \
                   change that changes nothing is answered with the present record, and nothing happens. With dryRun=true \
                   the answer says what the change would do, and nothing is written: refusals are the same, and the request \
                   does not count for the limit of changes. Its ETag is the present revision: send it as If-Match to make just that \
                   change.",
    params(
        ("dryRun" = Option<bool>, Query, description = "Whether only to say what would happen. The default is false"),
        ("pipelineId" = domain::ids::PipelineId, Path, description = "The pipeline"),
        ("If-Match" = Option<crate::entity_tags::EntityTags>, Header, description = "The entity tag of the record that the change is meant for"),
    ),
    request_body = application::pipelines::change::ChangePipeline,
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "The changed pipeline; its deployment is under way. For a dry run, what the change would do", body = super::preview::Changed, headers(("ETag" = String, description = "The revision"))),
    ),
))]
pub async fn handle(
    store: &(impl CommitPipelines + EnvironmentsOfPipelines),
    executions: &impl Executions,
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    super::no_dry_run(&request)?;
    let (id, expected) = (super::id(&request)?, request.if_match()?);
    let pipelines = ChangePipelines {
        store,
        executions,
        prefix,
    };
    let pipeline = pipelines
        .change(
            &request.caller,
            &id,
            request.body()?,
            expected.as_deref(),
            request.now,
        )
        .await?;
    Ok(Answer::ok(&PipelineView::new(prefix, &pipeline)).tagged(pipeline.revision))
}
