//! A pipeline with its environments resolved: all that the generators of the repository and of the templates need.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    account::Target,
    ids::{PipelineId, PipelineName, StageName},
    input::{FromInput, Members},
    names::PipelineNames,
    pipeline::{Description, read_stages},
    prefix::Prefix,
    problems::{Pointer, Problems},
    strategy::Strategy,
    tags::Tags,
    team::TeamName,
};

/// A pipeline with its environments resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Blueprint {
    /// The platform's prefix.
    pub prefix: Prefix,
    /// The pipeline's id.
    pub id: PipelineId,
    /// Its name.
    pub name: PipelineName,
    /// What it is for.
    pub description: Description,
    /// Its tags.
    pub tags: Tags,
    /// The team that owns it.
    pub team: TeamName,
    /// How it delivers.
    pub strategy: Strategy,
    /// Where repository and CICD stack are.
    pub cicd: Target,
    /// Its stages, in order: 1 to [`crate::pipeline::MAX_STAGES`], each name once.
    pub stages: Vec<StageBlueprint>,
}

/// A stage with its environment resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageBlueprint {
    /// The stage's name.
    pub name: StageName,
    /// Where it is deployed to.
    #[serde(flatten)]
    pub target: Target,
    /// The team of its environment.
    pub team: TeamName,
    /// Whether a person approves before it is deployed.
    pub manual_approval: bool,
}

impl FromInput for Blueprint {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let prefix = members.optional("prefix", problems);
        let id = members.required("id", problems);
        let name = members.required("name", problems);
        let description = members.optional("description", problems);
        let tags = members.optional("tags", problems);
        let team = members.required("team", problems);
        let strategy: Option<Strategy> = members.required("strategy", problems);
        let cicd: Option<Cicd> = members.required("cicd", problems);
        let stages: Option<Vec<StageInput>> = read_stages(&mut members, problems);
        members.finish(problems);
        let strategy = strategy?;
        Some(Self {
            prefix: prefix?.unwrap_or_default(),
            id: id?,
            name: name?,
            description: description?.unwrap_or_default(),
            tags: tags?.unwrap_or_default(),
            team: team?,
            strategy,
            cicd: cicd?.0,
            stages: stages?
                .into_iter()
                .enumerate()
                .map(|(index, stage)| StageBlueprint {
                    name: stage.name,
                    target: stage.target,
                    team: stage.team,
                    manual_approval: stage
                        .manual_approval
                        .unwrap_or(strategy.approval_by_default(index)),
                })
                .collect(),
        })
    }
}

struct Cicd(Target);

impl FromInput for Cicd {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let target = read_target(&mut members, problems);
        members.finish(problems);
        target.map(Self)
    }
}

struct StageInput {
    name: StageName,
    target: Target,
    team: TeamName,
    manual_approval: Option<bool>,
}

impl FromInput for StageInput {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let name = members.required("name", problems);
        let target = read_target(&mut members, problems);
        let team = members.required("team", problems);
        let manual_approval = members.optional("manualApproval", problems);
        members.finish(problems);
        Some(Self {
            name: name?,
            target: target?,
            team: team?,
            manual_approval: manual_approval?,
        })
    }
}

/// The members of an object that say where something is deployed.
fn read_target(members: &mut Members<'_>, problems: &mut Problems) -> Option<Target> {
    let account_id = members.required("accountId", problems);
    let region = members.required("region", problems);
    let bootstrap_qualifier = members.optional("bootstrapQualifier", problems);
    let permissions_boundary = members.optional("permissionsBoundary", problems);
    Some(Target {
        account_id: account_id?,
        region: region?,
        bootstrap_qualifier: bootstrap_qualifier?.unwrap_or_default(),
        permissions_boundary: permissions_boundary?,
    })
}

impl<'a> From<&'a Blueprint> for PipelineNames<'a> {
    fn from(blueprint: &'a Blueprint) -> Self {
        Self::new(&blueprint.prefix, &blueprint.name, &blueprint.id)
    }
}
