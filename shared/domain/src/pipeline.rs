//! Pipelines and their stages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    account::{AccountId, Region},
    deployment::DeploymentSummary,
    environment::DeployedSettings,
    ids::{DeploymentId, EnvironmentId, PipelineId, PipelineName, StageName},
    input::{FromInput, Members},
    names::PipelineNames,
    prefix::Prefix,
    problems::Problems,
    request::RequestId,
    revision::Revision,
    strategy::Strategy,
    tags::Tags,
    team::{TeamName, Username},
    text::{check_printable, text_type},
};

/// The stages of a pipeline: at least one, at most so many. CodePipeline takes 50, a trunk pipeline with an approval
/// before each stage 24.
pub const MAX_STAGES: usize = 20;

text_type! {
    /// What a pipeline is for, in the words of its team: up to 1,000 bytes of UTF-8, lines allowed.
    ///
    /// CodeCommit takes 1,000 characters, CloudFormation 1,024 bytes.
    Description, check_description, r"^[^\x00-\x08\x0B-\x1F\x7F-\x9F\uFFFE\uFFFF]{0,1000}$"
}

impl Default for Description {
    /// No description.
    fn default() -> Self {
        Self(String::new())
    }
}

impl StageName {
    /// Whether it is a stage of production: `prod` or `production` is its name or a part of it, between hyphens. Data there
    /// outlives the stack. The name alone decides, so that no stage changes because another one is added.
    #[must_use]
    pub fn is_production(&self) -> bool {
        let mut parts = self.as_str().split('-');
        parts.any(|part| matches!(part, "prod" | "production"))
    }
}

/// A stage of a pipeline: a name and the environment that it is deployed to.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// The stage's name.
    pub name: StageName,
    /// Where it is deployed to.
    pub environment_id: EnvironmentId,
    /// Whether a person approves before it is deployed.
    pub manual_approval: bool,
}

impl Stage {
    /// What becomes different for the stage when it is as in `after`, in words.
    fn differences(&self, after: &Self) -> Vec<String> {
        let Self {
            name,
            environment_id,
            manual_approval,
        } = self;
        let mut told = Vec::new();
        if *environment_id != after.environment_id {
            told.push(format!("stage {name} moved to {}", after.environment_id));
        }
        if *manual_approval != after.manual_approval {
            let now = if after.manual_approval { "with" } else { "without" };
            told.push(format!("stage {name} {now} approval"));
        }
        told
    }
}

/// What a pipeline shows of a stage's environment. A client that reads stages, changes one and sends them back sends these, too: they
/// are ignored.
pub const SHOWN_WITH_STAGE: [&str; 4] = ["environmentLabel", "accountId", "region", "status"];

/// Reads the member `stages` of a request: 1 to [`MAX_STAGES`] elements, each stage's name once. A name that is there twice is
/// told even if other things are wrong with the stages.
pub fn read_stages<T: FromInput>(members: &mut Members<'_>, problems: &mut Problems) -> Option<Vec<T>> {
    let stages = members.required("stages", problems);
    if let Some(Value::Array(elements)) = members.value("stages") {
        let at = members.at("stages");
        if elements.is_empty() {
            problems.add(&at, "must hold at least one stage");
        }
        if elements.len() > MAX_STAGES {
            problems.add(
                &at,
                format!("must hold at most {MAX_STAGES} stages, holds {}", elements.len()),
            );
        }
        let mut seen = BTreeSet::new();
        for (index, element) in elements.iter().enumerate() {
            let Some(name) = element.get("name").and_then(Value::as_str) else {
                continue;
            };
            if !seen.insert(name) {
                problems.add(
                    &at.child(index).child("name"),
                    format!("the stage {name:?} is there already"),
                );
            }
        }
    }
    stages
}

/// An application stack that a pipeline deployed for a stage which is not there any more, or has moved to another account
/// or region. The platform leaves it alone: it may hold data.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    /// The stage's name.
    pub stage: StageName,
    /// The account that the stack is in.
    pub account_id: AccountId,
    /// The stack's region.
    pub region: Region,
    /// The stack's name.
    pub stack_name: String,
    /// Whether a person approved what went there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manual_approval: bool,
}

impl Orphan {
    /// Whether both are the same stack.
    #[must_use]
    pub fn same_stack(&self, other: &Self) -> bool {
        let Self {
            account_id,
            region,
            stack_name,
            ..
        } = self;
        (account_id, region, stack_name) == (&other.account_id, &other.region, &other.stack_name)
    }

    /// The command by which the account's owner deletes the stack.
    #[must_use]
    pub fn command(&self) -> String {
        format!(
            "aws cloudformation delete-stack --region {} --stack-name {}",
            self.region, self.stack_name
        )
    }
}

/// How far a pipeline's present definition is deployed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PipelineStatus {
    /// A deployment is waiting or running.
    Deploying,
    /// The last deployment succeeded.
    Deployed,
    /// The last deployment failed.
    Failed,
    /// The pipeline is being deleted.
    Deleting,
    /// The pipeline is gone; administrators may read its history for [`HISTORY_DAYS`].
    Deleted,
}

impl PipelineStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Deploying,
        Self::Deployed,
        Self::Failed,
        Self::Deleting,
        Self::Deleted,
    ];

    /// The status as it stands in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploying => "DEPLOYING",
            Self::Deployed => "DEPLOYED",
            Self::Failed => "FAILED",
            Self::Deleting => "DELETING",
            Self::Deleted => "DELETED",
        }
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        // What is deleted stands in no list.
        Self::ALL
            .into_iter()
            .filter(|status| *status != Self::Deleted)
            .find(|status| status.as_str() == text)
            .ok_or_else(|| "must be one of DEPLOYING, DEPLOYED, FAILED, DELETING".to_owned())
    }
}

/// How many days the history of a deleted pipeline can be read.
pub const HISTORY_DAYS: u32 = 90;

/// A deletion that waits for the deployment under way to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionRequest {
    /// Whether the repository goes, too.
    pub delete_repository: bool,
    /// Who asked for it.
    pub requested_by: Username,
    /// The request that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
}

/// What a team may change of its pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// What it is for.
    pub description: Description,
    pub tags: Tags,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
}

impl Definition {
    /// What `after` changes, in words: nothing if they are equal.
    #[must_use]
    pub fn differences(&self, after: &Self) -> Vec<String> {
        let mut told = Vec::new();
        if self.description != after.description {
            told.push("the description changed".to_owned());
        }
        if self.tags != after.tags {
            told.push("the tags changed".to_owned());
        }
        for stage in &self.stages {
            match after.stage(&stage.name) {
                None => told.push(format!("stage {} removed", stage.name)),
                Some(present) => told.extend(stage.differences(present)),
            }
        }
        for stage in &after.stages {
            if self.stage(&stage.name).is_none() {
                told.push(format!("stage {} added in {}", stage.name, stage.environment_id));
            }
        }
        let common = |one: &Self, other: &Self| -> Vec<StageName> {
            let names = one.stages.iter().map(|stage| &stage.name);
            names
                .filter(|name| other.stage(name).is_some())
                .cloned()
                .collect()
        };
        if common(self, after) != common(after, self) {
            told.push("the order of the stages changed".to_owned());
        }
        told
    }

    fn stage(&self, name: &StageName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == *name)
    }
}

/// A pipeline's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pipeline {
    /// How often the record was written; 0 for one that was written before this was counted.
    #[serde(default)]
    pub version: u64,
    pub id: PipelineId,
    pub name: PipelineName,
    /// What it is for.
    pub description: Description,
    pub tags: Tags,
    /// The team that owns it.
    pub team: TeamName,
    /// The environment that holds repository and CICD stack.
    pub cicd_environment_id: EnvironmentId,
    /// The account of the CICD environment; an environment never moves.
    pub cicd_account_id: AccountId,
    /// The region of the CICD environment.
    pub cicd_region: Region,
    /// The team of the CICD environment, which may read and change the pipeline, too; it never changes.
    pub cicd_team: TeamName,
    /// How it delivers.
    pub strategy: Strategy,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
    /// The teams of the stages' environments, which may read the pipeline; an environment's team never changes. Records that were
    /// written before this was kept get it with their next change.
    #[serde(default)]
    pub stage_teams: BTreeSet<TeamName>,
    /// Whether the platform has closed the way into stages, so that the next deployment that ends well opens it again.
    #[serde(default)]
    pub stages_closed: bool,
    /// The application stacks that removed and moved stages have left.
    #[serde(default)]
    pub orphans: Vec<Orphan>,
    /// Where it is.
    pub status: PipelineStatus,
    /// The number of the last accepted change.
    pub revision: Revision,
    /// The first revision that was kept; none for a pipeline that has not changed since revisions are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revisions_since: Option<Revision>,
    /// The revision that is deployed, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_revision: Option<Revision>,
    /// The settings of its environments with which that revision is deployed. Revisions that were deployed before these were
    /// written down have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deployed_with: BTreeMap<EnvironmentId, DeployedSettings>,
    /// The digests of the templates that were deployed with it, by the names of their stacks. The templates themselves are
    /// not kept for as long.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deployed_templates: BTreeMap<String, String>,
    /// The deployment that has the pipeline to itself now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_deployment: Option<DeploymentId>,
    /// The last deployment, running or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_deployment: Option<DeploymentSummary>,
    /// The CICD stack's ARN, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
    /// Its deletion, where that waits for the running deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<DeletionRequest>,
    /// Whether it counts for its team's quota: pipelines of before there was one do not.
    #[serde(default)]
    pub counted: bool,
    /// When it was deleted.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<OffsetDateTime>,
    /// Who created it.
    pub owner: Username,
    /// When it was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its team last changed it.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// Who last changed it, if anybody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<Username>,
    /// The request that last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by_request: Option<RequestId>,
}

impl Pipeline {
    /// What its team may change.
    #[must_use]
    pub fn definition(&self) -> Definition {
        Definition {
            description: self.description.clone(),
            tags: self.tags.clone(),
            stages: self.stages.clone(),
        }
    }

    /// The oldest of its revisions that are kept; of one from before revisions were kept, that is the present one.
    #[must_use]
    pub fn oldest_kept_revision(&self) -> Revision {
        let since = self.revisions_since.unwrap_or(self.revision);
        self.revision.oldest_kept(since)
    }

    /// The teams that may read it, each once: its own and those of the environments that it uses.
    #[must_use]
    pub fn reading_teams(&self) -> BTreeSet<&TeamName> {
        self.stage_teams
            .iter()
            .chain([&self.team, &self.cicd_team])
            .collect()
    }

    /// Every environment that the pipeline uses, the CICD environment included, each once.
    #[must_use]
    pub fn environment_ids(&self) -> BTreeSet<&EnvironmentId> {
        self.stages
            .iter()
            .map(|stage| &stage.environment_id)
            .chain([&self.cicd_environment_id])
            .collect()
    }
}

impl<'a> PipelineNames<'a> {
    /// The names of `pipeline` on the platform `prefix`.
    #[must_use]
    pub fn of(prefix: &'a Prefix, pipeline: &'a Pipeline) -> Self {
        Self::new(prefix, &pipeline.name, &pipeline.id)
    }
}

fn check_description(text: &str) -> Result<(), String> {
    if text.len() > 1_000 {
        return Err(format!(
            "must have at most 1000 bytes of UTF-8, has {}",
            text.len()
        ));
    }
    check_printable(text)
}
