//! Environments: AWS accounts and regions linked to the platform.

use serde_json::Value;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{
    account::{AccountId, BootstrapQualifier, ExternalId, PermissionsBoundary, Region, Target},
    hosting::HostedPipelines,
    ids::{EnvironmentId, RedeploymentId},
    input::FromInput,
    prefix::Prefix,
    problems::{Pointer, Problems},
    revision::Revision,
    team::{TeamName, Username},
    text::{check_length, check_one_line, check_printable, text_type},
};

/// At most so many teams may be invited to an environment: each is a row of the transaction that writes it.
pub const MAX_INVITED_TEAMS: usize = 40;
/// A link that no verification has found ready ends after so many days.
pub const UNVERIFIED_DAYS: i64 = 7;

text_type! {
    /// What people call an environment: 1-64 characters on one line.
    Label, check_label, r"^[^\s\x00-\x1F\x7F-\x9F\uFFFE\uFFFF]([^\x00-\x1F\x7F-\x9F\uFFFE\uFFFF]{0,62}[^\s\x00-\x1F\x7F-\x9F\uFFFE\uFFFF])?$"
}

/// Whether the platform can work in an environment.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnvironmentStatus {
    /// Never verified.
    Pending,
    /// The last verification found nothing wrong.
    Ready,
    /// The last verification found problems.
    Failed,
}

impl EnvironmentStatus {
    /// The status as it stands in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }
}

/// Something that a verification found, and what fixes it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentProblem {
    /// A stable name: that of the error which a deployment would end in, or `AccountTaken` if another environment has the account
    /// and region.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// The command that fixes it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// Who may approve where the stage's team may.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ApprovalRule {
    /// Anybody of the environment's team.
    #[default]
    Anybody,
    /// Nobody who changed the pipeline or was handed its credentials since the last approved run of the stage: administrators
    /// neither.
    FourEyes,
}

impl FromInput for ApprovalRule {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        match text.as_str() {
            "ANYBODY" => Some(Self::Anybody),
            "FOUR_EYES" => Some(Self::FourEyes),
            _ => {
                problems.add(at, "must be one of ANYBODY, FOUR_EYES");
                None
            }
        }
    }
}

/// Whose self-mutating pipelines may be in an environment: who can push to one is administrator of the account, and of all
/// accounts that trust it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SelfMutation {
    /// Those of the environment's own team.
    #[default]
    OwnTeam,
    /// Those of invited teams, too.
    Invited,
}

impl FromInput for SelfMutation {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        match text.as_str() {
            "OWN_TEAM" => Some(Self::OwnTeam),
            "INVITED" => Some(Self::Invited),
            _ => {
                problems.add(at, "must be one of OWN_TEAM, INVITED");
                None
            }
        }
    }
}

/// Whether the platform hands out credentials for the repositories in an environment.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HandOut {
    /// To those who may change a pipeline.
    #[default]
    Enabled,
    /// To nobody: developers use credentials of the account's own.
    Disabled,
}

impl FromInput for HandOut {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        match text.as_str() {
            "ENABLED" => Some(Self::Enabled),
            "DISABLED" => Some(Self::Disabled),
            _ => {
                problems.add(at, "must be one of ENABLED, DISABLED");
                None
            }
        }
    }
}

/// An environment's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// How often the record was written; 0 for one that was written before this was counted.
    #[serde(default)]
    pub version: u64,
    pub id: EnvironmentId,
    /// What people call it.
    pub label: Label,
    pub account_id: AccountId,
    pub region: Region,
    /// The team that owns it.
    pub team: TeamName,
    /// Teams that may see it and use it in pipelines.
    #[serde(default)]
    pub invited_teams: BTreeSet<TeamName>,
    /// Bounds every role that pipelines create there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The CDK bootstrap used there.
    #[serde(default)]
    pub bootstrap_qualifier: BootstrapQualifier,
    /// Whose cdk-trunk pipelines may have it as their CICD environment.
    #[serde(default)]
    pub self_mutation: SelfMutation,
    /// Who may approve what goes there.
    #[serde(default)]
    pub approval: ApprovalRule,
    /// Whether credentials are handed out for the repositories of the pipelines whose CICD environment it is.
    #[serde(default)]
    pub credentials: HandOut,
    /// What the platform sends when it assumes the environment's role.
    pub external_id: ExternalId,
    /// Whether the platform can work there.
    pub status: EnvironmentStatus,
    /// What the last verification found.
    #[serde(default)]
    pub problems: Vec<EnvironmentProblem>,
    /// When it was last verified.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub verified_at: Option<OffsetDateTime>,
    /// Which pipelines its owner lets the platform keep there, by the last verification; none while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<HostedPipelines>,
    /// How many pipelines use it; it cannot be unlinked before there are none.
    #[serde(default)]
    pub pipeline_count: u32,
    /// Since when it waits for its first verification that finds it ready. Until then it reserves nothing, and others may link the
    /// same account and region. None if it has reserved them: so has each of before this was recorded.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub unverified_since: Option<OffsetDateTime>,
    /// The last redeployment of its pipelines that a change of its settings brought with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeployment_id: Option<RedeploymentId>,
    /// The number of the last accepted change.
    pub revision: Revision,
    /// Who linked it.
    pub owner: Username,
    /// When it was linked.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last changed by a person.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// The settings of an environment that pipelines are deployed with: a change of them reaches the pipelines that use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployedSettings {
    /// What bounds the roles that pipelines create there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The CDK bootstrap used there.
    #[serde(default)]
    pub bootstrap_qualifier: BootstrapQualifier,
}

impl Environment {
    /// What `after` changes of its settings, in words.
    #[must_use]
    pub fn differences(&self, after: &Self) -> Vec<String> {
        let changed = [
            ("label", self.label != after.label),
            (
                "permissionsBoundary",
                self.permissions_boundary != after.permissions_boundary,
            ),
            (
                "bootstrapQualifier",
                self.bootstrap_qualifier != after.bootstrap_qualifier,
            ),
            ("selfMutation", self.self_mutation != after.self_mutation),
            ("approval", self.approval != after.approval),
            ("credentials", self.credentials != after.credentials),
        ];
        let settings = changed
            .iter()
            .filter(|(_, changed)| *changed)
            .map(|(name, _)| format!("{name} changed"));
        let invited = after.invited_teams.difference(&self.invited_teams);
        let uninvited = self.invited_teams.difference(&after.invited_teams);
        let invited = invited.map(|team| format!("{team} invited"));
        let uninvited = uninvited.map(|team| format!("{team} uninvited"));
        settings.chain(invited).chain(uninvited).collect()
    }

    /// The settings that pipelines are deployed with.
    #[must_use]
    pub fn deployed_settings(&self) -> DeployedSettings {
        DeployedSettings {
            permissions_boundary: self.permissions_boundary.clone(),
            bootstrap_qualifier: self.bootstrap_qualifier.clone(),
        }
    }

    /// Where deployments to this environment go.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            account_id: self.account_id.clone(),
            region: self.region.clone(),
            bootstrap_qualifier: self.bootstrap_qualifier.clone(),
            permissions_boundary: self.permissions_boundary.clone(),
        }
    }

    /// Where a pipeline's own stacks go that is kept here. Their roles are bounded: by the platform's policy where the owner has
    /// named no other.
    #[must_use]
    pub fn hosting_target(&self, prefix: &Prefix) -> Target {
        let mut target = self.target();
        if target.permissions_boundary.is_none() {
            target.permissions_boundary =
                PermissionsBoundary::parse(prefix.environment_boundary(&self.region)).ok();
        }
        target
    }

    /// When the link ends, if it is not verified before. One that a pipeline uses stays.
    #[must_use]
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        let since = self.unverified_since.filter(|_| self.pipeline_count == 0);
        since.map(|since| since + Duration::days(UNVERIFIED_DAYS))
    }

    /// Whether the link has ended by `now`: it counts as unlinked.
    #[must_use]
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at().is_some_and(|expires_at| expires_at <= now)
    }

    /// The team and the invited teams, each once.
    #[must_use]
    pub fn teams(&self) -> BTreeSet<&TeamName> {
        self.invited_teams.iter().chain([&self.team]).collect()
    }
}

fn check_label(text: &str) -> Result<(), String> {
    check_length(text, 1..=64)?;
    check_printable(text)?;
    check_one_line(text)
}
