//! `POST /pipelines?dryRun=true` and `PATCH /pipelines/{pipelineId}?dryRun=true`

use application::{
    artifacts::FindArtifacts,
    deployments::holder::Executions,
    linked_accounts::{bootstrap::InspectAccount, stacks::ReadTemplates},
    me::PipelinesOfTeams,
    pipelines::preview::Previews,
    records::{Deployments, EnvironmentsOfPipelines, Pipelines},
    workflow::commit_repository::ReadRepositories,
};
use domain::{Error, Result};

use crate::{Answer, Request};

/// What `PATCH /pipelines/{pipelineId}` answers: the pipeline, or for a dry run what would become of it.
#[cfg(feature = "schema")]
#[derive(utoipa::ToSchema)]
#[schema(as = ChangedPipeline)]
#[serde(untagged)]
pub enum Changed {
    Pipeline(Box<super::PipelineView>),
    Preview(Box<application::pipelines::preview::Preview>),
}

/// Handles the request: a change of the pipeline that the path names, a new pipeline if it names none.
pub async fn handle<S, W, A, H, C>(previews: &Previews<'_, S, W, A, H, C>, request: Request) -> Result<Answer>
where
    S: Pipelines + Deployments + EnvironmentsOfPipelines + PipelinesOfTeams,
    W: Executions,
    A: FindArtifacts,
    H: ReadRepositories,
    C: InspectAccount + ReadTemplates,
{
    let mut query = request.query();
    let dry_run = super::dry_run(&mut query);
    query.finish()?;
    if !dry_run {
        return Err(Error::Internal(
            "what is no dry run came to the function of previews".to_owned(),
        ));
    }
    // Boxed: the compiler gives up on futures that are nested too deeply.
    let preview = if request.has_id("pipelineId") {
        let (id, expected) = (super::id(&request)?, request.if_match()?);
        let wanted = request.body()?;
        Box::pin(previews.change(&request.caller, &id, wanted, expected.as_deref(), request.now)).await?
    } else {
        // It has no meaning here; one that is malformed is refused all the same.
        request.idempotency("POST /pipelines")?;
        Box::pin(previews.create(&request.caller, request.body()?, request.now)).await?
    };
    let answer = Answer::ok(&preview);
    Ok(match preview.present {
        Some(present) => answer.tagged(present),
        None => answer,
    })
}
