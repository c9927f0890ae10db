//! An environment as clients see it.

use std::collections::BTreeSet;

use application::{
    linked_accounts::{bootstrap, role_template, sessions::Access},
    platform::Platform,
};
use domain::{
    account::{AccountId, BootstrapQualifier, PermissionsBoundary, Region},
    environment::{
        ApprovalRule, Environment, EnvironmentProblem, EnvironmentStatus, HandOut, Label, SelfMutation,
    },
    hosting::HostedPipelines,
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

/// What an account's owner may let the platform do there.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize)]
pub struct SetupChoice {
    /// Which pipelines the platform may keep there.
    pub pipelines: HostedPipelines,
    /// What that lets the platform do.
    pub allows: &'static str,
    /// The command that allows it.
    pub command: String,
}

/// The commands for the owner of an environment's account, and what else of it is for them alone.
struct ForOwner {
    setup: Vec<String>,
    choices: Vec<SetupChoice>,
    problems: Vec<EnvironmentProblem>,
}

impl Setup {
    /// What is for the owner of `environment`'s account alone.
    fn for_owner(&self, access: &Access, environment: &Environment, api_url: &str) -> ForOwner {
        let template = role_template::url(api_url);
        let command = |pipelines| access.setup_command(&template, &self.event_bus_arn, pipelines);
        let problems = environment.problems.iter().cloned().map(|problem| {
            let of_role = ["EnvironmentRoleNotAssumable", "AccessDenied"].contains(&problem.code.as_str());
            EnvironmentProblem {
                command: problem.command.or_else(|| of_role.then(|| command(None))),
                ..problem
            }
        });
        ForOwner {
            setup: vec![
                bootstrap::first_bootstrap_command(&environment.target()),
                command(None),
            ],
            choices: HostedPipelines::ALL
                .map(|pipelines| SetupChoice {
                    pipelines,
                    allows: pipelines.allows(),
                    command: command(Some(pipelines)),
                })
                .into(),
            problems: problems.collect(),
        }
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
    /// The commands for the account's owner, in order; only for those who may change the environment. The last deploys the platform's
    /// role, for an account that pipelines of other accounts deliver to. Run again, it updates the role, and keeps what was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup: Option<Vec<String>>,
    /// What the account's owner may let the platform do there, with the command for each choice in place of the last one of `setup`;
    /// only for those who may change the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_choices: Option<Vec<SetupChoice>>,
    /// Which pipelines the owner lets the platform keep there, by the last verification that could tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<HostedPipelines>,
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
    /// What `caller` sees of `environment`, of an API that is at `api_url`.
    #[must_use]
    pub fn new(setup: &Setup, environment: &Environment, caller: &Caller, api_url: &str) -> Self {
        let access = setup.platform.access(environment);
        let owner = caller.may_change_environment(environment);
        let role_arn = access.role_arn();
        let (setup, setup_choices, problems) = if owner {
            let for_owner = setup.for_owner(&access, environment, api_url);
            (Some(for_owner.setup), Some(for_owner.choices), for_owner.problems)
        } else {
            (None, None, environment.problems.clone())
        };
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
            setup_choices,
            pipelines: environment.pipelines,
            status: environment.status,
            problems,
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
