//! How the platform gets into a linked account.

use std::fmt::Write as _;

use domain::{
    Error,
    account::{AccountId, BootstrapQualifier, ExternalId, PermissionsBoundary, Region},
    environment::Environment,
    ids::{DeploymentId, EnvironmentId, PipelineId},
    names::EventBusArn,
    prefix::Prefix,
    team::Username,
};
use serde::{Deserialize, Serialize};

/// The way into the account of an environment: the role that its owner deployed for the platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The platform's prefix.
    pub prefix: Prefix,
    /// The platform's own account.
    pub platform_account_id: AccountId,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its account.
    pub account_id: AccountId,
    /// Its region.
    pub region: Region,
    /// What the role's trust policy asks for.
    pub external_id: ExternalId,
    /// The CDK bootstrap used there, whose roles the role may hand on.
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

    /// The command by which the account's owner deploys or updates the role. The external id stays out of what other
    /// teams read: it is in the environment's `setup`.
    #[must_use]
    pub fn role_command(&self) -> String {
        self.command("EXTERNAL_ID")
    }

    /// The same for the account's owner alone: with the external id, and with the platform's event bus, to which the stack
    /// forwards that a pipeline's stack was deleted. Later updates of the stack keep the bus without naming it.
    #[must_use]
    pub fn setup_command(&self, event_bus: &EventBusArn) -> String {
        let command = self.command(self.external_id.as_str());
        format!("{command} PlatformEventBusArn={event_bus}")
    }

    fn command(&self, external_id: &str) -> String {
        let mut command = format!(
            "aws cloudformation deploy --region {} --stack-name {} --template-file infra/environment.yaml \
             --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset --parameter-overrides Prefix={} PlatformAccountId={} \
             ExternalId={external_id}",
            self.region,
            self.prefix.environment_stack(),
            self.prefix,
            self.platform_account_id
        );
        // Named only where they differ from the template's defaults.
        if !self.bootstrap_qualifier.is_default() {
            let _ = write!(command, " BootstrapQualifier={}", self.bootstrap_qualifier);
        }
        if let Some(boundary) = &self.permissions_boundary {
            let _ = write!(command, " PermissionsBoundary={}", boundary.arn(&self.account_id));
        }
        command
    }

    /// The error when STS refuses the role; `said` are STS's words.
    #[must_use]
    pub fn not_assumable(&self, said: &str) -> Error {
        Error::EnvironmentRoleNotAssumable {
            detail: format!(
                "the platform may not assume the role {} of the environment {} (account {}, {}): {said}. Deploy the \
                 role's stack with the account's own credentials; GET /environments/{} gives its external id",
                self.role_arn(),
                self.environment_id,
                self.account_id,
                self.region,
                self.environment_id
            ),
            command: self.role_command(),
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
}

impl Session {
    /// The calls of a deployment. The rules of trunk and gitflow pipelines know them by the session's name: what it commits
    /// starts no run.
    #[must_use]
    pub fn of_deployment(access: Access, deployment: &DeploymentId) -> Self {
        let name = format!("{}{deployment}", access.prefix.deployment_sessions());
        Self { access, name }
    }

    /// The calls that verify an environment.
    #[must_use]
    pub fn of_verification(access: Access) -> Self {
        let name = format!("{}-verify-{}", access.prefix, access.environment_id);
        Self { access, name }
    }

    /// The calls that look whether a pipeline is as it was deployed.
    #[must_use]
    pub fn of_drift_detection(access: Access, pipeline: &PipelineId) -> Self {
        let name = format!("{}-drift-{pipeline}", access.prefix);
        Self { access, name }
    }

    /// The calls that answer a request of `user`, whose name stands in the account's trail as far as STS takes it.
    #[must_use]
    pub fn of_request(access: Access, user: &Username) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        let user = user.as_str().chars().map(|c| if fits(c) { c } else { '-' });
        let name = format!("{}-", access.prefix)
            .chars()
            .chain(user)
            .take(SESSION_NAME_LENGTH)
            .collect();
        Self { access, name }
    }

    /// `error` with the command that mends it where the account's owner has deployed an older role than the platform needs.
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
                detail: format!(
                    "{detail}. With the account's own credentials run: {}",
                    self.access.role_command()
                ),
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
            external_id: ExternalId::parse("3b1f8c1e-2f5a").unwrap(),
            bootstrap_qualifier: BootstrapQualifier::default(),
            permissions_boundary: None,
        }
    }

    #[test]
    fn the_command_names_what_differs_from_the_templates_defaults() {
        let plain = access().role_command();
        assert!(plain.ends_with(" Prefix=dataall PlatformAccountId=000000000000 ExternalId=EXTERNAL_ID"));
        let special = Access {
            bootstrap_qualifier: BootstrapQualifier::parse("team42").unwrap(),
            permissions_boundary: Some(PermissionsBoundary::parse("bounds/all").unwrap()),
            ..access()
        };
        let more =
            " BootstrapQualifier=team42 PermissionsBoundary=arn:aws:iam::111111111111:policy/bounds/all";
        assert_eq!(special.role_command(), plain.clone() + more);
        let bus = "arn:aws:events:eu-west-1:000000000000:event-bus/dataall-pipelines";
        assert_eq!(
            special.setup_command(&EventBusArn::parse(bus).unwrap()),
            plain.replace("EXTERNAL_ID", "3b1f8c1e-2f5a") + more + " PlatformEventBusArn=" + bus
        );
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
            let session = Session::of_request(access(), &Username::parse(user).unwrap());
            assert_eq!(session.name, name);
            assert!(
                !session
                    .name
                    .starts_with(&session.access.prefix.deployment_sessions())
            );
        }
    }
}
