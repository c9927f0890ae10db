//! Whether an environment is ready for deployments: its role can be assumed, the CDK is bootstrapped there, and the
//! bootstrap trusts the CICD account.

use std::collections::BTreeSet;

use domain::{
    Error, Result,
    account::{AccountId, Target},
    environment::{Environment, EnvironmentProblem},
    prefix::Prefix,
};
use percent_encoding::percent_decode_str;
use rendering::application::CLI_VERSION;
use serde_json::Value;

use super::sessions::{Access, Session};

/// Looks at an environment as deployments will.
pub trait Inspector: Sync {
    /// What is wrong with `environment`. An error only if that could not be found out.
    fn inspect(
        &self,
        environment: &Environment,
    ) -> impl Future<Output = Result<Vec<EnvironmentProblem>>> + Send;
}

/// The oldest bootstrap that the CICD stack's `CheckBootstrapVersion` rule accepts.
pub const MINIMUM_BOOTSTRAP_VERSION: u32 = 6;

/// Looks into a linked account.
pub trait InspectAccount: Sync {
    /// The value of an SSM parameter; none if there is no such parameter.
    fn parameter(&self, session: &Session, name: &str)
    -> impl Future<Output = Result<Option<String>>> + Send;

    /// A role's trust policy as IAM gives it, percent-encoded JSON; none if there is no such role.
    fn trust_policy(
        &self,
        session: &Session,
        role: &str,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// What keeps deployments from `target`, the environment behind `session`. `cicd` is the account whose pipeline
/// deploys there; none if there is no pipeline to ask for.
///
/// An error means that nothing could be found out: throttling, an outage.
pub async fn inspect(
    accounts: &impl InspectAccount,
    session: &Session,
    target: &Target,
    cicd: Option<&AccountId>,
) -> Result<Vec<EnvironmentProblem>> {
    match find_problem(accounts, session, target, cicd).await {
        Ok(problem) => Ok(problem.into_iter().collect()),
        Err(error) => Ok(vec![problem_of(error, &session.access)?]),
    }
}

/// Looks at an environment when its team asks for it.
#[derive(Debug)]
pub struct Verification<A> {
    /// The platform's prefix.
    pub prefix: Prefix,
    /// The platform's own account.
    pub platform_account_id: AccountId,
    /// The linked accounts.
    pub accounts: A,
}

impl<A: InspectAccount> Inspector for Verification<A> {
    async fn inspect(&self, environment: &Environment) -> Result<Vec<EnvironmentProblem>> {
        let access = Access::new(&self.prefix, &self.platform_account_id, environment);
        let session = Session::of_verification(access);
        inspect(&self.accounts, &session, &environment.target(), None).await
    }
}

async fn find_problem(
    accounts: &impl InspectAccount,
    session: &Session,
    target: &Target,
    cicd: Option<&AccountId>,
) -> Result<Option<EnvironmentProblem>> {
    let Target {
        account_id, region, ..
    } = target;
    let parameter = target.bootstrap_version_parameter();
    let problem = |detail: String, trusted: &Trust| {
        Some(EnvironmentProblem {
            code: "EnvironmentNotBootstrapped".to_owned(),
            detail,
            command: Some(bootstrap_command(target, trusted, cicd)),
        })
    };
    let Some(found) = accounts.parameter(session, &parameter).await? else {
        let detail = format!(
            "account {account_id} is not bootstrapped for the CDK in {region}: there is no SSM parameter {parameter}"
        );
        return Ok(problem(detail, &Trust::default()));
    };
    let role = target.bootstrap_role_name("deploy");
    let Some(document) = accounts.trust_policy(session, &role).await? else {
        let detail = format!("the CDK bootstrap of account {account_id} in {region} has no role {role}");
        return Ok(problem(detail, &Trust::default()));
    };
    let trust = Trust::parse(&document)?;
    if !found
        .trim()
        .parse::<u32>()
        .is_ok_and(|version| version >= MINIMUM_BOOTSTRAP_VERSION)
    {
        let detail = format!(
            "the CDK bootstrap of account {account_id} in {region} is too old: {parameter} says {found:?}, version \
             {MINIMUM_BOOTSTRAP_VERSION} or later is needed"
        );
        return Ok(problem(detail, &trust));
    }
    if let Some(cicd) = cicd
        && account_id != cicd
        && !trust.includes(cicd)
    {
        let detail = format!(
            "the CDK bootstrap of account {account_id} in {region} does not trust the CICD account {cicd}: its role \
             {role} cannot be assumed from there"
        );
        return Ok(problem(detail, &trust));
    }
    Ok(None)
}

/// The errors that a person can mend in the account, as problems; others stay errors.
fn problem_of(error: Error, access: &Access) -> Result<EnvironmentProblem> {
    let code = error.name().to_owned();
    match error {
        Error::EnvironmentRoleNotAssumable { detail, command } => Ok(EnvironmentProblem {
            code,
            detail,
            command: Some(command),
        }),
        Error::AccessDenied { .. } => Ok(EnvironmentProblem {
            code,
            detail: error.to_string(),
            command: Some(access.role_command()),
        }),
        other => Err(other),
    }
}

/// The command that bootstraps `target`, for an account that nothing is known of yet.
#[must_use]
pub fn first_bootstrap_command(target: &Target) -> String {
    bootstrap_command(target, &Trust::default(), None)
}

/// The command that bootstraps `target` so that it trusts `cicd`. `--trust` replaces the trusted accounts, so those
/// that are trusted already are named again.
fn bootstrap_command(target: &Target, trusted: &Trust, cicd: Option<&AccountId>) -> String {
    use std::fmt::Write as _;
    let mut command = format!(
        "npx aws-cdk@{CLI_VERSION} bootstrap aws://{}/{}",
        target.account_id, target.region
    );
    if !target.bootstrap_qualifier.is_default() {
        let qualifier = &target.bootstrap_qualifier;
        // The default stack's name is taken by the default qualifier.
        let _ = write!(
            command,
            " --qualifier {qualifier} --toolkit-stack-name CDKToolkit-{qualifier}"
        );
    }
    let accounts: BTreeSet<&AccountId> = trusted.accounts.iter().chain(cicd).collect();
    for account in accounts
        .into_iter()
        .filter(|account| **account != target.account_id)
    {
        let _ = write!(command, " --trust {account}");
    }
    command + " --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess"
}

/// The accounts that may assume a role, as far as its trust policy names whole accounts.
#[derive(Debug, Default)]
struct Trust {
    everybody: bool,
    accounts: BTreeSet<AccountId>,
}

impl Trust {
    /// Reads a trust policy. Conditions are not weighed: the bootstrap's own policy has them in its `Deny` only.
    fn parse(document: &str) -> Result<Self> {
        let unreadable = |what: String| {
            Error::Internal(format!(
                "cannot read the trust policy of a bootstrap role: {what}"
            ))
        };
        let decoded = percent_decode_str(document)
            .decode_utf8()
            .map_err(|error| unreadable(error.to_string()))?;
        let policy: Value = serde_json::from_str(&decoded).map_err(|error| unreadable(error.to_string()))?;
        let mut trust = Self::default();
        for statement in one_or_many(&policy["Statement"]) {
            let allows = statement["Effect"] == "Allow"
                && one_or_many(&statement["Action"])
                    .filter_map(Value::as_str)
                    .any(|action| ["sts:assumerole", "sts:*", "*"].contains(&action.to_lowercase().as_str()));
            if !allows {
                continue;
            }
            let principal = &statement["Principal"];
            for named in one_or_many(&principal["AWS"]).chain(principal.is_string().then_some(principal)) {
                trust.add(named.as_str().unwrap_or_default());
            }
        }
        Ok(trust)
    }

    fn add(&mut self, principal: &str) {
        let account = principal
            .strip_prefix("arn:aws:iam::")
            .and_then(|rest| rest.strip_suffix(":root"));
        if principal == "*" {
            self.everybody = true;
        } else if let Ok(account) = AccountId::parse(account.unwrap_or(principal)) {
            self.accounts.insert(account);
        }
    }

    fn includes(&self, account: &AccountId) -> bool {
        self.everybody || self.accounts.contains(account)
    }
}

/// IAM writes lists of one as the one.
fn one_or_many(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(many) => many.iter(),
        Value::Null => [].iter(),
        one => std::slice::from_ref(one).iter(),
    }
}
