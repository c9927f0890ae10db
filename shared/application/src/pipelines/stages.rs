//! The stages of a pipeline as requests name them.

use domain::{
    Pointer, Problems,
    ids::{EnvironmentId, StageName},
    input::{FromInput, Members},
    pipeline::Stage,
    strategy::Strategy,
};
use serde_json::Value;

/// A stage as a request names it.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct StageRequest {
    /// The stage's name.
    pub name: StageName,
    /// Where it is deployed to.
    pub environment_id: EnvironmentId,
    /// Whether a person approves before it is deployed. Without it, the strategy's default counts.
    pub manual_approval: Option<bool>,
}

impl FromInput for StageRequest {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let name = members.required("name", problems);
        let environment_id = members.required("environmentId", problems);
        let manual_approval = members.optional("manualApproval", problems);
        members.finish(problems);
        Some(Self {
            name: name?,
            environment_id: environment_id?,
            manual_approval: manual_approval?,
        })
    }
}

/// The stages with the strategy's defaults filled in.
pub(super) fn with_defaults(wanted: Vec<StageRequest>, strategy: Strategy) -> Vec<Stage> {
    wanted
        .into_iter()
        .enumerate()
        .map(|(index, stage)| Stage {
            manual_approval: stage
                .manual_approval
                .unwrap_or(strategy.approval_by_default(index)),
            name: stage.name,
            environment_id: stage.environment_id,
        })
        .collect()
}

/// Where a request names the environment of each stage.
pub(super) fn environments_named<'a>(
    stages: impl IntoIterator<Item = &'a EnvironmentId>,
) -> Vec<(Pointer, &'a EnvironmentId)> {
    let at = Pointer::root().child("stages");
    stages
        .into_iter()
        .enumerate()
        .map(|(index, id)| (at.child(index).child("environmentId"), id))
        .collect()
}
