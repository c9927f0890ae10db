//! How the platform gets into a linked account.

use domain::{
    Error,
    account::{AccountId, ExternalId, Region},
    deployment::DeploymentId,
    environment::{Environment, EnvironmentId},
    names::Prefix,
};
use serde::{Deserialize, Serialize};

/// The way into the account of an environment: the role that its owner deployed for the platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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

    /// The same with the external id, for the account's owner alone.
    #[must_use]
    pub fn setup_command(&self) -> String {
        self.command(self.external_id.as_str())
    }

    fn command(&self, external_id: &str) -> String {
        format!(
            "aws cloudformation deploy --region {} --stack-name {} --template-file infra/environment.yaml \
             --capabilities CAPABILITY_NAMED_IAM --parameter-overrides Prefix={} PlatformAccountId={} \
             ExternalId={external_id}",
            self.region,
            self.prefix.environment_stack(),
            self.prefix,
            self.platform_account_id
        )
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

/// Calls in a linked account: the way in, and the name under which they stand in that account's trail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The way in.
    pub access: Access,
    /// An STS session name: `[\w+=,.@-]{2,64}`.
    pub name: String,
}

impl Session {
    /// The calls of a deployment.
    #[must_use]
    pub fn of_deployment(access: Access, deployment: &DeploymentId) -> Self {
        let name = format!("{}-{deployment}", access.prefix);
        Self { access, name }
    }

    /// The calls that verify an environment.
    #[must_use]
    pub fn of_verification(access: Access) -> Self {
        let name = format!("{}-verify-{}", access.prefix, access.environment_id);
        Self { access, name }
    }
}
