//! What runs in the CodePipelines of a stack that is about to be updated.
//!
//! CodePipeline cancels an execution whose pipeline is updated, whatever it is doing, and a deployment into a stage that is
//! cut off leaves its stack in the middle. So an update waits until nothing is under way.

use domain::{Error, Result, ids::PipelineId};
use serde_json::Value;

use crate::linked_accounts::sessions::Session;

/// After so many minutes a deployment does not wait any longer: a build of CodeBuild may take an hour. `CheckStack` waits
/// longer than this, so that an update has its time even after the longest wait.
pub const MAX_MINUTES: u32 = 60;

/// Looks at what CodePipelines in a linked account are doing.
pub trait FindRunning: Sync {
    /// What the CodePipeline `name` is doing; none if it does nothing, waits for a person or is not there.
    fn under_way(
        &self,
        session: &Session,
        name: &str,
    ) -> impl Future<Output = Result<Option<RunningAction>>> + Send;
}

/// An action that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningAction {
    /// The execution.
    pub run: String,
    pub stage: String,
    pub action: String,
}

impl RunningAction {
    /// The error when the CodePipeline `name` of `pipeline` does not get done with this.
    #[must_use]
    pub fn too_long(self, pipeline: &PipelineId, name: &str) -> Error {
        Error::RunUnderWay {
            pipeline: pipeline.to_string(),
            code_pipeline: name.to_owned(),
            run: self.run,
            action: format!("{}/{}", self.stage, self.action),
            minutes: MAX_MINUTES,
        }
    }
}

/// The names of the CodePipelines in the template of a pipeline's stack. None for any other template.
pub(super) fn code_pipelines(template: &str) -> Vec<String> {
    let template: Value = serde_json::from_str(template).unwrap_or_default();
    let resources = template["Resources"].as_object().into_iter().flatten();
    resources
        .filter(|(_, resource)| resource["Type"] == "AWS::CodePipeline::Pipeline")
        .filter_map(|(_, resource)| resource["Properties"]["Name"].as_str())
        .map(str::to_owned)
        .collect()
}
