//! Closing and opening the way into stages of CodePipelines: what waits before a closed stage does not enter it.

use domain::{
    Result,
    ids::StageName,
    names::PipelineNames,
    pipeline::Pipeline,
    prefix::Prefix,
    strategy::{CodePipeline, Strategy},
};
use serde::Serialize;

use super::sessions::Session;

/// Closes and opens the way into stages of CodePipelines.
pub trait StageTransitions: Sync {
    /// Closes the way into the stage `part` of the CodePipeline `name`, for `reason`; false if there is no such stage.
    fn close(
        &self,
        session: &Session,
        name: &str,
        part: &str,
        reason: &str,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// The stages of the CodePipeline `name` into which the way is closed; none if there is no such CodePipeline.
    fn closed(&self, session: &Session, name: &str) -> impl Future<Output = Result<Vec<ClosedStage>>> + Send;

    /// Opens the way into the stage `part` of the CodePipeline `name`.
    fn open(&self, session: &Session, name: &str, part: &str) -> impl Future<Output = Result<()>> + Send;
}

/// A stage of a CodePipeline into which the way is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedStage {
    /// Its name in the CodePipeline.
    pub part: String,
    /// What was said when it was closed.
    pub reason: String,
}

/// A stage of a CodePipeline, for people who read the execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StageOfCodePipeline {
    pub code_pipeline: String,
    pub stage: String,
}

/// CodePipeline takes reasons of 1 to 300 of these characters.
const REASON_LENGTH: usize = 300;

fn is_taken(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!@ ().*?-".contains(character)
}

/// What the reasons of the platform begin with: what somebody else has closed stays closed.
fn ours(prefix: &Prefix) -> String {
    format!("Closed by the platform {prefix}. ")
}

/// Closes the way into `stages` of `pipeline`, for `reason`; what was closed.
pub async fn close_stages(
    transitions: &impl StageTransitions,
    session: &Session,
    pipeline: &Pipeline,
    stages: impl IntoIterator<Item = &StageName>,
    reason: &str,
) -> Result<Vec<StageOfCodePipeline>> {
    let prefix = &session.access.prefix;
    let names = PipelineNames::of(prefix, pipeline);
    let told = ours(prefix) + reason;
    let told: String = told
        .chars()
        .map(|character| if is_taken(character) { character } else { ' ' })
        .take(REASON_LENGTH)
        .collect();
    let mut closed = Vec::new();
    for stage in stages {
        let CodePipeline { name, .. } = pipeline.strategy.code_pipeline_of(names, stage);
        for part in pipeline.strategy.parts_of(stage) {
            if transitions.close(session, &name, &part, &told).await? {
                closed.push(StageOfCodePipeline {
                    code_pipeline: name.clone(),
                    stage: part,
                });
            }
        }
    }
    Ok(closed)
}

/// Opens the way into what the platform has closed of `stages` in `code_pipelines`.
pub async fn open_stages(
    transitions: &impl StageTransitions,
    session: &Session,
    strategy: Strategy,
    code_pipelines: &[CodePipeline],
    stages: &[&StageName],
) -> Result<()> {
    let ours = ours(&session.access.prefix);
    for CodePipeline { name, .. } in code_pipelines {
        for ClosedStage { part, reason } in transitions.closed(session, name).await? {
            let delivers = stages.iter().any(|stage| strategy.delivers(&part, stage));
            if delivers && reason.starts_with(&ours) {
                transitions.open(session, name, &part).await?;
            }
        }
    }
    Ok(())
}
