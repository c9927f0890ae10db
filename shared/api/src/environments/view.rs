//! An environment as clients see it.

use std::collections::BTreeSet;

use application::{
    linked_accounts::{bootstrap, sessions::Access},
    platform::Platform,
};
use domain::{
    account::{AccountId, BootstrapQualifier, PermissionsBoundary, Region},
    environment::{
        ApprovalRule, Environment, EnvironmentProblem, EnvironmentStatus, HandOut, Label, SelfMutation,
    },
    ids::{EnvironmentId, RedeploymentId},
    names::EventBusArn,
    permissions::Caller,
    revision::Revision,
    team::{TeamName, Username},
};
use serde::Serialize;
use time::OffsetDateTime;

/// What the commands for accounts' owners name.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The platform that the environment's role trusts.
    pub platform: Platform,
    /// The bus to which the account forwards events of its stacks.
    pub event_bus_arn: EventBusArn,
}

impl Setup {
    /// The commands by which the account's owner makes `environment` ready.
    fn commands(&self, access: &Access, environment: &Environment) -> Vec<String> {
        vec![
            bootstrap::first_bootstrap_command(&environment.target()),
            access.setup_command(&self.event_bus_arn),
        ]
    }
}

/// An environment as clients see it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Environment))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentView {
    /// Its id.
    pub id: EnvironmentId,
    /// What people call it.
    pub label: Label,
    /// The account.
    pub account_id: AccountId,
    /// The region.
    pub region: Region,
    /// The team that owns it.
    pub team: TeamName,
    /// Teams that may see it and use it in pipelines: what their pipelines deliver is deployed there with the rights of the CDK
    /// bootstrap, by default an administrator's.
    pub invited_teams: BTreeSet<TeamName>,
    /// Bounds every role that pipelines create there.
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The CDK bootstrap used there.
    pub bootstrap_qualifier: BootstrapQualifier,
    /// Whose cdk-trunk pipelines may have it as their CICD environment: whoever can push to one is administrator of the account, and
    /// of every account that trusts it.
    pub self_mutation: SelfMutation,
    /// Who of its team may approve what goes there.
    pub approval: ApprovalRule,
    /// Whether the platform hands out credentials for the repositories there.
    pub credentials: HandOut,
    /// The role that the platform assumes there.
    pub role_arn: String,
    /// What the role's trust asks for; only for those who may change the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The commands for the account's owner, in order; only for those who may change the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup: Option<Vec<String>>,
    /// Whether the platform can work there, by the last verification.
    pub status: EnvironmentStatus,
    /// What the last verification found, and the commands that fix it.
    pub problems: Vec<EnvironmentProblem>,
    /// When it was last verified.
    #[serde(with = "time::serde::rfc3339::option")]
    pub verified_at: Option<OffsetDateTime>,
    /// When the link ends, unless it is verified or used before; only while it waits for its first verification that finds it ready.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<OffsetDateTime>,
    /// The last redeployment that a change of this environment started: `GET /redeployments/{redeploymentId}`
    /// tells how far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redeployment_id: Option<RedeploymentId>,
    /// The number of the last accepted change.
    pub revision: Revision,
    /// Who linked it.
    pub owner: Username,
    /// When it was linked.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl EnvironmentView {
    /// What `caller` sees of `environment`.
    #[must_use]
    pub fn new(setup: &Setup, environment: &Environment, caller: &Caller) -> Self {
        let access = setup.platform.access(environment);
        let owner = caller.may_change_environment(environment);
        let role_arn = access.role_arn();
        let setup = owner.then(|| setup.commands(&access, environment));
        let expires_at = environment.expires_at();
        let environment = environment.clone();
        Self {
            id: environment.id,
            label: environment.label,
            account_id: environment.account_id,
            region: environment.region,
            team: environment.team,
            invited_teams: environment.invited_teams,
            permissions_boundary: environment.permissions_boundary,
            bootstrap_qualifier: environment.bootstrap_qualifier,
            self_mutation: environment.self_mutation,
            approval: environment.approval,
            credentials: environment.credentials,
            role_arn,
            external_id: owner.then(|| environment.external_id.to_string()),
            setup,
            status: environment.status,
            problems: environment.problems,
            verified_at: environment.verified_at,
            expires_at,
            redeployment_id: environment.redeployment_id,
            revision: environment.revision,
            owner: environment.owner,
            created_at: environment.created_at,
            updated_at: environment.updated_at,
        }
    }
}
