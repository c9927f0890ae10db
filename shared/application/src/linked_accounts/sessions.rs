//! How the platform gets into a linked account.

use std::fmt::Write as _;

use domain::{
    Error,
    account::{AccountId, BootstrapQualifier, ExternalId, PermissionsBoundary, Region},
    environment::Environment,
    hosting::HostedPipelines,
    ids::{DeploymentId, EnvironmentId, PipelineId},
    names::EventBusArn,
    prefix::Prefix,
    team::{TeamName, Username},
};
use serde::{Deserialize, Serialize};

use super::session_policy::SessionPolicy;

/// The way into the account of an environment: the role that its owner deployed for the platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The platform's prefix.
    pub prefix: Prefix,
    /// The platform's own account.
    pub platform_account_id: AccountId,
    pub environment_id: EnvironmentId,
    pub account_id: AccountId,
    pub region: Region,
    /// The team that owns the environment; plans that an older platform wrote do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// What the role's trust policy asks for.
    pub external_id: ExternalId,
    /// The CDK bootstrap used there.
    #[serde(default)]
    pub bootstrap_qualifier: BootstrapQualifier,
    /// The policy that bounds every role made there, this one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
}

impl Access {
    /// The way into `environment` for the platform `prefix` in `platform_account_id`.
    #[must_use]
    pub fn new(prefix: &Prefix, platform_account_id: &AccountId, environment: &Environment) -> Self {
        Self {
            prefix: prefix.clone(),
            platform_account_id: platform_account_id.clone(),
            environment_id: environment.id.clone(),
            account_id: environment.account_id.clone(),
            region: environment.region.clone(),
            team: Some(environment.team.clone()),
            external_id: environment.external_id.clone(),
            bootstrap_qualifier: environment.bootstrap_qualifier.clone(),
            permissions_boundary: environment.permissions_boundary.clone(),
        }
    }

    /// The role to assume.
    #[must_use]
    pub fn role_arn(&self) -> String {
        self.prefix.environment_role_arn(&self.account_id, &self.region)
    }

    /// The role with which CloudFormation works on pipelines' stacks there.
    #[must_use]
    pub fn execution_role_arn(&self) -> String {
        self.prefix.execution_role_arn(&self.account_id, &self.region)
    }

    /// The command by which the account's owner deploys or updates the stack of the role, from the template at `template_url`. For
    /// the owner alone: it holds the external id. It names the platform's event bus, to which the stack forwards that a pipeline's
    /// stack was deleted. What it does not name, such as `pipelines`, an update keeps.
    #[must_use]
    pub fn setup_command(
        &self,
        template_url: &str,
        event_bus: &EventBusArn,
        pipelines: Option<HostedPipelines>,
    ) -> String {
        let mut command = format!(
            "curl -fsSo environment.yaml {template_url} && aws cloudformation deploy --region {} --stack-name {} \
             --template-file environment.yaml --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
             --parameter-overrides Prefix={} PlatformAccountId={} ExternalId={}",
            self.region,
            self.prefix.environment_stack(),
            self.prefix,
            self.platform_account_id,
            self.external_id,
        );
        // Named only where they differ from the template's defaults.
        if !self.bootstrap_qualifier.is_default() {
            let _ = write!(command, " BootstrapQualifier={}", self.bootstrap_qualifier);
        }
        if let Some(boundary) = &self.permissions_boundary {
            let _ = write!(command, " PermissionsBoundary={}", boundary.arn(&self.account_id));
        }
        let _ = write!(command, " PlatformEventBusArn={event_bus}");
        if let Some(pipelines) = pipelines {
            let _ = write!(command, " Pipelines={}", pipelines.parameter());
        }
        command
    }

    /// The command by which the account's owner lets the platform keep `pipelines` there, for a stack that is there already: it
    /// keeps the template and all other parameters, so it holds nothing that others may not read.
    #[must_use]
    pub fn allow_command(&self, pipelines: HostedPipelines) -> String {
        self.update_command("Pipelines", pipelines.parameter())
    }

    /// The command by which the account's owner gives the platform's roles there the boundary that the environment has: like
    /// [`Self::allow_command`].
    #[must_use]
    pub fn bound_command(&self) -> String {
        let boundary = self.permissions_boundary.as_ref();
        let arn = boundary.map(|boundary| boundary.arn(&self.account_id));
        self.update_command("PermissionsBoundary", arn.as_deref().unwrap_or_default())
    }

    fn update_command(&self, parameter: &str, value: &str) -> String {
        let mut command = format!(
            "aws cloudformation update-stack --region {} --stack-name {} --use-previous-template --capabilities CAPABILITY_NAMED_IAM \
             --parameters",
            self.region,
            self.prefix.environment_stack(),
        );
        let all = [
            "Prefix",
            "PlatformAccountId",
            "ExternalId",
            "BootstrapQualifier",
            "BootstrapStackName",
            "PermissionsBoundary",
            "PlatformEventBusArn",
            "Pipelines",
        ];
        for name in all.into_iter().filter(|name| *name != parameter) {
            let _ = write!(command, " ParameterKey={name},UsePreviousValue=true");
        }
        let _ = write!(command, " ParameterKey={parameter},ParameterValue={value}");
        command
    }

    /// Who has the command that deploys or updates the role, and where it is: other teams do not get the external id.
    fn who_has_the_command(&self) -> String {
        let team = match &self.team {
            Some(team) => format!("Its team {team}"),
            None => "The team that owns it".to_owned(),
        };
        format!(
            "{team} finds the command in GET /environments/{}",
            self.environment_id
        )
    }

    /// The error when STS refuses the role; `said` are STS's words.
    #[must_use]
    pub fn not_assumable(&self, said: &str) -> Error {
        Error::EnvironmentRoleNotAssumable {
            detail: format!(
                "the platform may not assume the role {} of the environment {} (account {}, {}): {said}. The stack of the role has to be \
                 deployed with the account's own credentials. {}",
                self.role_arn(),
                self.environment_id,
                self.account_id,
                self.region,
                self.who_has_the_command()
            ),
        }
    }
}

/// An STS session's name has at most so many characters.
const SESSION_NAME_LENGTH: usize = 64;

/// Calls in a linked account: the way in, and the name under which they stand in that account's trail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The way in.
    pub access: Access,
    /// An STS session name: `[\w+=,.@-]{2,64}`.
    pub name: String,
    /// What the calls are limited to, of what the role allows.
    pub policy: SessionPolicy,
}

impl Session {
    /// The calls of a deployment. The rules of trunk and gitflow pipelines know them by the session's name: what it commits
    /// starts no run.
    #[must_use]
    pub fn of_deployment(access: Access, deployment: &DeploymentId, policy: SessionPolicy) -> Self {
        let name = format!("{}{deployment}", access.prefix.deployment_sessions());
        Self { access, name, policy }
    }

    /// The calls that verify an environment.
    #[must_use]
    pub fn of_verification(access: Access, policy: SessionPolicy) -> Self {
        let name = format!("{}-verify-{}", access.prefix, access.environment_id);
        Self { access, name, policy }
    }

    /// The calls that look whether a pipeline is as it was deployed.
    #[must_use]
    pub fn of_drift_detection(access: Access, pipeline: &PipelineId, policy: SessionPolicy) -> Self {
        let name = format!("{}-drift-{pipeline}", access.prefix);
        Self { access, name, policy }
    }

    /// The calls that answer a request of `user`, whose name stands in the account's trail as far as STS takes it.
    #[must_use]
    pub fn of_request(access: Access, user: &Username, policy: SessionPolicy) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        let user = user.as_str().chars().map(|c| if fits(c) { c } else { '-' });
        let name = format!("{}-", access.prefix)
            .chars()
            .chain(user)
            .take(SESSION_NAME_LENGTH)
            .collect();
        Self { access, name, policy }
    }

    /// `error` with the command that fixes it where the account's owner has deployed an older role than the platform needs.
    #[must_use]
    pub fn explain(&self, error: Error) -> Error {
        match error {
            Error::AccessDenied {
                operation,
                account,
                detail,
            } if account == self.access.account_id.as_str() => Error::AccessDenied {
                operation,
                account,
                detail: format!("{detail}. {}", self.access.who_has_the_command()),
            },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use super::*;

    fn access() -> Access {
        Access {
            prefix: Prefix::default(),
            platform_account_id: AccountId::parse("000000000000").unwrap(),
            environment_id: EnvironmentId::parse("env-cicd0001").unwrap(),
            account_id: AccountId::parse("111111111111").unwrap(),
            region: Region::parse("eu-west-1").unwrap(),
            team: TeamName::parse("research").ok(),
            external_id: ExternalId::parse("3b1f8c1e-2f5a").unwrap(),
            bootstrap_qualifier: BootstrapQualifier::default(),
            permissions_boundary: None,
        }
    }

    #[test]
    fn the_command_names_what_differs_from_the_templates_defaults() {
        let url = "https://api.example.com/v1/environment-template/0123456789ab";
        let bus =
            EventBusArn::parse("arn:aws:events:eu-west-1:000000000000:event-bus/dataall-pipelines").unwrap();
        let plain = access().setup_command(url, &bus, None);
        assert!(plain.starts_with(&format!(
            "curl -fsSo environment.yaml {url} && aws cloudformation deploy "
        )));
        let own = " Prefix=dataall PlatformAccountId=000000000000 ExternalId=3b1f8c1e-2f5a";
        let told = format!(" PlatformEventBusArn={bus}");
        assert!(
            plain.ends_with(&format!("--parameter-overrides{own}{told}")),
            "{plain}"
        );
        let special = Access {
            bootstrap_qualifier: BootstrapQualifier::parse("team42").unwrap(),
            permissions_boundary: Some(PermissionsBoundary::parse("bounds/all").unwrap()),
            ..access()
        };
        let more =
            " BootstrapQualifier=team42 PermissionsBoundary=arn:aws:iam::111111111111:policy/bounds/all";
        let special = special.setup_command(url, &bus, Some(HostedPipelines::SelfMutating));
        assert!(
            special.ends_with(&format!("{own}{more}{told} Pipelines=self-mutating")),
            "{special}"
        );
    }

    #[test]
    fn what_other_teams_read_holds_no_external_id() {
        let refusal = access().not_assumable("no").to_string();
        let said = "Its team research finds the command in GET /environments/env-cicd0001";
        assert!(refusal.contains(said), "{refusal}");
        let command = access().allow_command(HostedPipelines::Delivering);
        assert!(
            command.ends_with(" ParameterKey=Pipelines,ParameterValue=delivering"),
            "{command}"
        );
        let external_id = access().external_id.to_string();
        for words in [refusal, command] {
            assert!(
                !words.contains(&external_id) && !words.contains("EXTERNAL_ID"),
                "{words}"
            );
        }
    }

    #[test]
    fn a_session_carries_the_callers_name_as_far_as_sts_takes_it() {
        for (user, name) in [
            ("alice", "dataall-alice".to_owned()),
            (
                ".deployment-01k9v3xv0m0000000000000001",
                "dataall-.deployment-01k9v3xv0m0000000000000001".to_owned(),
            ),
            (
                "Zoë O'Hara|x@example.com",
                "dataall-Zo--O-Hara-x@example.com".to_owned(),
            ),
            (&"u".repeat(128), format!("dataall-{}", "u".repeat(56))),
        ] {
            let session = Session::of_request(
                access(),
                &Username::parse(user).unwrap(),
                SessionPolicy::nothing(),
            );
            assert_eq!(session.name, name);
            assert!(
                !session
                    .name
                    .starts_with(&session.access.prefix.deployment_sessions())
            );
        }
    }
}
