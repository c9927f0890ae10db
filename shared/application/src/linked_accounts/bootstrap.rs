//! Whether an environment is ready for deployments: its role can be assumed, the CDK is bootstrapped there, and the
//! bootstrap trusts the CICD account. And what its owner lets the platform do there.
//!
//! The stacks tell: that of the platform's role, and that of the bootstrap. Whoever changes the roles of a bootstrap past its stack is
//! not noticed here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use domain::{
    Error, Result,
    account::{AccountId, PermissionsBoundary, Target},
    environment::{Environment, EnvironmentProblem},
    hosting::HostedPipelines,
    prefix::Prefix,
};
use rendering::application::CLI_VERSION;

use super::{
    session_policy::{Calls, On, SessionPolicy},
    sessions::{Access, Session},
};

/// Looks at an environment as deployments will.
pub trait Inspector: Sync {
    /// What `environment` is like. An error only if that could not be found out.
    fn inspect(&self, environment: &Environment) -> impl Future<Output = Result<Inspection>> + Send;
}

/// What an environment was found to be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What keeps deployments from it.
    pub problems: Vec<EnvironmentProblem>,
    /// Which pipelines its owner lets the platform keep there; none if that could not be read.
    pub pipelines: Option<HostedPipelines>,
}

/// The oldest bootstrap that the CICD stack's `CheckBootstrapVersion` rule accepts.
pub const MINIMUM_BOOTSTRAP_VERSION: u32 = 6;

/// The CDK's own name for the stack of a bootstrap.
const TOOLKIT_STACK: &str = "CDKToolkit";

/// The policy that the CDK gives the role with which it works on stacks where nobody names another.
const DEFAULT_EXECUTION_POLICY: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// What looking at an account takes.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Setup,
    actions: &["cloudformation:DescribeStacks"],
}];

/// Looks into a linked account.
pub trait InspectAccount: Sync {
    /// What a stack in the session's region says of itself; none if there is no such stack.
    fn stack_settings(
        &self,
        session: &Session,
        stack: &str,
    ) -> impl Future<Output = Result<Option<StackSettings>>> + Send;
}

/// What a stack was deployed with, and what it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackSettings {
    pub parameters: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
}

/// Looks at `target`, the environment behind `session`. `cicd` is the account whose pipeline deploys there; none if there is no
/// pipeline to ask for.
///
/// An error means that nothing could be found out: throttling, an outage.
pub async fn inspect(
    accounts: &impl InspectAccount,
    session: &Session,
    target: &Target,
    cicd: Option<&AccountId>,
) -> Result<Inspection> {
    match look(accounts, session, target, cicd).await {
        Ok(inspection) => Ok(inspection),
        Err(error) => Ok(Inspection {
            problems: vec![problem_of(error)?],
            pipelines: None,
        }),
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
    async fn inspect(&self, environment: &Environment) -> Result<Inspection> {
        let access = Access::new(&self.prefix, &self.platform_account_id, environment);
        let policy = SessionPolicy::of_setup(CALLS, &access)?;
        let session = Session::of_verification(access, policy);
        inspect(&self.accounts, &session, &environment.target(), None).await
    }
}

async fn look(
    accounts: &impl InspectAccount,
    session: &Session,
    target: &Target,
    cicd: Option<&AccountId>,
) -> Result<Inspection> {
    let role = accounts
        .stack_settings(session, &session.access.prefix.environment_stack())
        .await?
        .unwrap_or_default();
    let pipelines = role
        .outputs
        .get("Pipelines")
        .map(|value| HostedPipelines::of_parameter(value));
    let chosen = role.parameters.get("BootstrapStackName");
    let mut names = vec![chosen.map_or(TOOLKIT_STACK, String::as_str).to_owned()];
    names.push(toolkit_stack(target));
    names.dedup();
    let mut bootstrap = None;
    for name in &names {
        let found = accounts.stack_settings(session, name).await?;
        bootstrap = found.and_then(|found| Bootstrap::of(name, &found, target));
        if bootstrap.is_some() {
            break;
        }
    }
    let problem = match &bootstrap {
        None => Some(format!(
            "account {} is not bootstrapped for the CDK in {} with the qualifier {}: there is no such stack named {}. If the stack of \
             the bootstrap has another name, its owner names it with the parameter BootstrapStackName of the stack {}",
            target.account_id,
            target.region,
            target.bootstrap_qualifier,
            names.join(" or "),
            session.access.prefix.environment_stack(),
        )),
        Some(bootstrap) => bootstrap.problem(target, cicd),
    };
    let problems = problem.map(|detail| EnvironmentProblem {
        code: "EnvironmentNotBootstrapped".to_owned(),
        detail,
        command: Some(bootstrap_command(target, bootstrap.as_ref(), cicd)),
    });
    let keeps_pipelines = cicd.is_none_or(|cicd| *cicd == target.account_id);
    let boundary = other_boundary(session, &role).filter(|_| keeps_pipelines);
    Ok(Inspection {
        problems: problems.into_iter().chain(boundary).collect(),
        pipelines,
    })
}

/// What is wrong if the stack of the environment's role was deployed with another permissions boundary than the environment has: roles
/// that pipelines create there get the environment's, and the platform may create none with it.
fn other_boundary(session: &Session, role: &StackSettings) -> Option<EnvironmentProblem> {
    let Access {
        account_id,
        permissions_boundary,
        ..
    } = &session.access;
    // A stack that does not tell is older than the parameter, or not there.
    let deployed = role.parameters.get("PermissionsBoundary")?;
    let wanted = permissions_boundary
        .as_ref()
        .map(|boundary| boundary.arn(account_id))
        .unwrap_or_default();
    // The owner may have written anything there, and others read it.
    let named = |arn: &str| match PermissionsBoundary::parse(arn) {
        Ok(boundary) => format!("the permissions boundary {boundary}"),
        Err(_) if arn.is_empty() => "no permissions boundary".to_owned(),
        Err(_) => "a permissions boundary with an impossible name".to_owned(),
    };
    (*deployed != wanted).then(|| EnvironmentProblem {
        code: "AccessDenied".to_owned(),
        detail: format!(
            "the platform's roles in the account {account_id} have {}, and the environment is to have {}",
            named(deployed),
            named(&wanted)
        ),
        command: Some(session.access.bound_command()),
    })
}

/// The name of the stack of `target`'s bootstrap where the platform's command makes it: the CDK's own name is taken by the default
/// qualifier.
fn toolkit_stack(target: &Target) -> String {
    if target.bootstrap_qualifier.is_default() {
        TOOLKIT_STACK.to_owned()
    } else {
        format!("{TOOLKIT_STACK}-{}", target.bootstrap_qualifier)
    }
}

/// The errors that a person can fix in the account, as problems; others stay errors. The command is for the environment's own team
/// alone, which gets it where it reads the environment.
fn problem_of(error: Error) -> Result<EnvironmentProblem> {
    match error {
        Error::EnvironmentRoleNotAssumable { .. } | Error::AccessDenied { .. } => Ok(EnvironmentProblem {
            code: error.name().to_owned(),
            detail: error.to_string(),
            command: None,
        }),
        other => Err(other),
    }
}

/// The command that bootstraps `target`, for an account that nothing is known of yet. A bootstrap that is there keeps its execution
/// policies and the accounts that it trusts.
#[must_use]
pub fn first_bootstrap_command(target: &Target) -> String {
    bootstrap_command(target, None, None)
}

/// The command by which the bootstrap of `target` ceases to trust `accounts`.
pub(crate) fn untrust_command<'a>(
    target: &Target,
    accounts: impl IntoIterator<Item = &'a AccountId>,
) -> String {
    let mut command = bootstrap_of_stack(target, &toolkit_stack(target));
    for account in accounts {
        let _ = write!(command, " --untrust {account}");
    }
    command
}

/// What each command for the bootstrap of `target` begins with, which is in this `stack`.
fn bootstrap_of_stack(target: &Target, stack: &str) -> String {
    let Target {
        account_id,
        region,
        bootstrap_qualifier: qualifier,
        ..
    } = target;
    let mut command = format!("npx aws-cdk@{CLI_VERSION} bootstrap aws://{account_id}/{region}");
    if !qualifier.is_default() {
        let _ = write!(command, " --qualifier {qualifier}");
    }
    if stack != TOOLKIT_STACK {
        let _ = write!(command, " --toolkit-stack-name {stack}");
    }
    command
}

/// The command that bootstraps `target` so that it trusts `cicd`. What the `present` bootstrap has stays: `--trust` replaces the
/// trusted accounts, so those that are trusted already are named again, and so is what the CDK would ask for or warn of.
fn bootstrap_command(target: &Target, present: Option<&Bootstrap>, cicd: Option<&AccountId>) -> String {
    let Target {
        account_id,
        permissions_boundary,
        ..
    } = target;
    let stack = present.map_or_else(|| toolkit_stack(target), |present| present.stack.clone());
    let mut command = bootstrap_of_stack(target, &stack);
    let boundary = match present {
        Some(present) => present.permissions_boundary.as_ref(),
        None => permissions_boundary.as_ref(),
    };
    if let Some(name) = boundary.and_then(|boundary| boundary.name_in(account_id)) {
        let _ = write!(command, " --custom-permissions-boundary {name}");
    }
    let trusted = present.into_iter().flat_map(|present| &present.trusted);
    let accounts: BTreeSet<&AccountId> = trusted
        .chain(cicd)
        .filter(|trusted| *trusted != account_id)
        .collect();
    for account in &accounts {
        let _ = write!(command, " --trust {account}");
    }
    // The CDK keeps the policies of a bootstrap that has any; it asks for them where it is to trust and has none.
    if !accounts.is_empty() && present.is_none_or(|present| !present.has_execution_policies) {
        let _ = write!(
            command,
            " --cloudformation-execution-policies {DEFAULT_EXECUTION_POLICY}"
        );
    }
    command
}

/// A bootstrap as its stack tells of it. Words of the account's owner go into commands that others may run: what is not what it
/// should be is left out.
#[derive(Debug)]
struct Bootstrap {
    stack: String,
    version: String,
    trusted: BTreeSet<AccountId>,
    has_execution_policies: bool,
    permissions_boundary: Option<PermissionsBoundary>,
}

impl Bootstrap {
    /// What the stack `name` says; none if it is no bootstrap of `target`'s qualifier.
    fn of(name: &str, found: &StackSettings, target: &Target) -> Option<Self> {
        let parameter = |name: &str| found.parameters.get(name).map(String::as_str).unwrap_or_default();
        if parameter("Qualifier") != target.bootstrap_qualifier.as_str() || !is_stack_name(name) {
            return None;
        }
        Some(Self {
            stack: name.to_owned(),
            version: found.outputs.get("BootstrapVersion")?.clone(),
            trusted: parameter("TrustedAccounts")
                .split(',')
                .filter_map(|account| AccountId::parse(account.trim()).ok())
                .collect(),
            has_execution_policies: !parameter("CloudFormationExecutionPolicies").trim().is_empty(),
            permissions_boundary: PermissionsBoundary::parse(parameter("InputPermissionsBoundary")).ok(),
        })
    }

    /// What keeps `cicd`'s pipelines from deploying with it.
    fn problem(&self, target: &Target, cicd: Option<&AccountId>) -> Option<String> {
        let Target {
            account_id, region, ..
        } = target;
        let Self { stack, version, .. } = self;
        let recent = version
            .trim()
            .parse::<u32>()
            .is_ok_and(|version| version >= MINIMUM_BOOTSTRAP_VERSION);
        if !recent {
            return Some(format!(
                "the CDK bootstrap of account {account_id} in {region} is too old: its stack {stack} says version {version:?}, version \
                 {MINIMUM_BOOTSTRAP_VERSION} or later is needed"
            ));
        }
        let cicd = cicd.filter(|cicd| *cicd != account_id && !self.trusted.contains(cicd))?;
        Some(format!(
            "the CDK bootstrap of account {account_id} in {region} does not trust the CICD account {cicd}: its stack {stack} does not \
             name it among the trusted accounts"
        ))
    }
}

/// Whether CloudFormation takes `name` for a stack.
fn is_stack_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 128
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
