//! The stages of a pipeline as requests name them.

use domain::{
    Pointer, Problems,
    consent::Use,
    ids::{EnvironmentId, StageName},
    input::{FromInput, Members},
    permissions::Caller,
    pipeline::{SHOWN_WITH_STAGE, Stage},
    strategy::Strategy,
    team::TeamName,
};
use serde_json::Value;

use crate::records::EnvironmentsById;

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
        for key in SHOWN_WITH_STAGE {
            members.ignore(key);
        }
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

/// An environment that a request names.
pub(super) struct NamedEnvironment<'a> {
    /// Where it does.
    pub(super) at: Pointer,
    pub(super) id: &'a EnvironmentId,
    /// What for.
    pub(super) wanted: Use,
}

/// The environments that a request names for its stages.
pub(super) fn environments_of_stages<'a>(
    stages: impl IntoIterator<Item = &'a EnvironmentId>,
) -> Vec<NamedEnvironment<'a>> {
    let at = Pointer::root().child("stages");
    let named = stages
        .into_iter()
        .enumerate()
        .map(|(index, id)| NamedEnvironment {
            at: at.child(index).child("environmentId"),
            id,
            wanted: Use::Stage,
        });
    named.collect()
}

/// Adds a problem for each of the environments `named` that is not `found`, or that pipelines of `team` may not use. A `caller` who
/// may not see an environment does not learn that it exists.
pub(super) fn check_named(
    named: &[NamedEnvironment<'_>],
    found: &EnvironmentsById,
    team: &TeamName,
    caller: &Caller,
    problems: &mut Problems,
) {
    for NamedEnvironment { at, id, wanted } in named {
        let environment = found.get(*id);
        let refusal = match environment {
            Some(environment) => environment.refusal(team, *wanted),
            None => Some(String::new()),
        };
        let Some(refusal) = refusal else { continue };
        match environment {
            Some(environment) if caller.may_see_environment(environment) => problems.add(at, refusal),
            _ => problems.add(
                at,
                format!("there is no environment {id} that the team {team} may use"),
            ),
        }
    }
}
