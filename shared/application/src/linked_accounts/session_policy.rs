//! What a session in a linked account may do: the calls of one step or request, on what belongs to one pipeline. The environment's role
//! allows more, for all pipelines; a session policy narrows it, so that whoever gets hold of a session has one pipeline and a few calls.

use domain::{
    Error, Result,
    names::{BUILD_LOGS, PipelineNames},
};
use serde_json::{Value, json};

use super::{bootstrap, sessions::Access};
use crate::{
    environments::evict,
    pipelines::{browse_files, get_resources, issue_credentials, list_branches, live_stages, preview},
    redeployments::drift,
    runs,
    workflow::{
        buckets, check_deletion, check_stack, close_stages, commit_repository, delete_repository,
        delete_stack, deploy_stack, prepare_deletion, start_pipelines,
    },
};

/// STS takes so many characters.
const MOST_CHARACTERS: usize = 2_048;

/// More buckets are named by what all begin with.
const MOST_BUCKETS: usize = 21;

/// Calls on one kind of thing; each step and request has a list of them beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    /// What is called on.
    pub(crate) on: On,
    /// The actions, as IAM names them.
    pub(crate) actions: &'static [&'static str],
}

/// What calls are made on: things of one pipeline, and what all pipelines share.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    /// The pipeline's repository.
    Repository,
    /// Its CICD stack and those of other regions.
    Stacks,
    /// The application's stacks.
    ApplicationStacks,
    /// Its CodePipelines, their stages and actions.
    CodePipelines,
    /// The logs of its builds.
    BuildLogs,
    /// Its artifact buckets, and what is in them.
    Buckets,
    /// Where templates lie that are too long to be sent along, in the bucket of the bootstrap.
    Templates,
    /// The keys that the bootstrap's bucket may be encrypted with: the role names the bucket.
    TemplateKeys,
    /// The version of the bootstrap, which CloudFormation reads on the caller's behalf.
    BootstrapVersion,
    /// The role with which CloudFormation works on the stacks.
    ExecutionRole,
    /// How the account was made ready; the role names the stacks that tell.
    Setup,
}

/// The calls of all who enter linked accounts.
const ALL: [(&str, &[Calls]); 26] = [
    ("verification", bootstrap::CALLS),
    ("browse files", browse_files::CALLS),
    ("list branches", list_branches::CALLS),
    ("issue credentials", issue_credentials::CALLS),
    ("get stages", live_stages::CALLS),
    ("get resources", get_resources::CALLS),
    ("preview", preview::CALLS),
    ("detect drift", drift::CALLS),
    ("list runs", runs::list::CALLS),
    ("get run", runs::get::CALLS),
    ("start run", runs::start::CALLS),
    ("stop run", runs::stop::CALLS),
    ("answer approval", runs::approve::CALLS),
    ("retry stage", runs::retry::CALLS),
    ("evict pipeline", evict::CALLS),
    ("close stages", close_stages::CALLS),
    ("commit repository", commit_repository::CALLS),
    ("deploy stack", deploy_stack::CALLS),
    ("check stack", check_stack::CALLS),
    ("start pipelines", start_pipelines::CALLS),
    ("prepare deletion", prepare_deletion::CALLS),
    ("empty buckets", buckets::EMPTYING),
    ("delete buckets", buckets::DELETING),
    ("delete stack", delete_stack::CALLS),
    ("check deletion", check_deletion::CALLS),
    ("delete repository", delete_repository::CALLS),
];

/// The policies of all who enter the account behind `access` for the pipeline with these `names`, by what they do: for tests that ask IAM.
pub fn of_all(access: &Access, names: PipelineNames<'_>) -> Result<Vec<(&'static str, SessionPolicy)>> {
    ALL.into_iter()
        .map(|(caller, calls)| Ok((caller, SessionPolicy::of(calls, access, names)?)))
        .collect()
}

/// A session policy: JSON of at most [`MOST_CHARACTERS`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionPolicy(String);

impl SessionPolicy {
    /// For `calls` on what belongs to the pipeline with these `names` behind `access`.
    pub(crate) fn of(calls: &[Calls], access: &Access, names: PipelineNames<'_>) -> Result<Self> {
        Self::with_buckets(calls, access, &names.repository(), &[])
    }

    /// For `calls` on an account that belong to no pipeline.
    pub(crate) fn of_setup(calls: &[Calls], access: &Access) -> Result<Self> {
        Self::with_buckets(calls, access, "", &[])
    }

    /// For `calls` on what belongs to the pipeline with this `repository`, and on these `buckets`: their names do not tell whose they
    /// are.
    pub(crate) fn with_buckets(
        calls: &[Calls],
        access: &Access,
        repository: &str,
        buckets: &[&str],
    ) -> Result<Self> {
        let statements = calls.iter().map(|Calls { on, actions }| {
            let resources = on.resources(access, repository, buckets);
            json!({"Effect": "Allow", "Action": actions, "Resource": resources})
        });
        let policy = json!({"Version": "2012-10-17", "Statement": statements.collect::<Value>()}).to_string();
        if policy.len() > MOST_CHARACTERS {
            return Err(Error::Internal(format!(
                "a session policy has {} characters, STS takes {MOST_CHARACTERS}: {policy}",
                policy.len()
            )));
        }
        Ok(Self(policy))
    }

    /// One that allows nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned())
    }

    /// The policy as STS takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl On {
    fn resources(self, access: &Access, repository: &str, buckets: &[&str]) -> Vec<String> {
        let Access {
            prefix,
            account_id: account,
            region,
            bootstrap_qualifier: qualifier,
            ..
        } = access;
        let stack = || prefix.stack_of_repository(repository);
        match self {
            Self::Repository => vec![format!("arn:aws:codecommit:{region}:{account}:{repository}")],
            Self::Stacks => [String::new(), "-support-*".to_owned()]
                .map(|rest| format!("arn:aws:cloudformation:*:{account}:stack/{}{rest}/*", stack()))
                .into(),
            Self::ApplicationStacks => vec![format!(
                "arn:aws:cloudformation:*:{account}:stack/{repository}-*/*"
            )],
            // Behind the pipeline's id stands nothing, a stage's name or what is below the CodePipeline.
            Self::CodePipelines => vec![format!("arn:aws:codepipeline:{region}:{account}:{repository}*")],
            Self::BuildLogs => vec![format!(
                "arn:aws:logs:{region}:{account}:log-group:{BUILD_LOGS}{repository}*"
            )],
            Self::Buckets if buckets.len() > MOST_BUCKETS => {
                vec![format!("arn:aws:s3:::{prefix}-pipeline-*")]
            }
            Self::Buckets => buckets
                .iter()
                .map(|bucket| format!("arn:aws:s3:::{bucket}*"))
                .collect(),
            Self::Templates => vec![format!(
                "arn:aws:s3:::cdk-{qualifier}-assets-{account}-{region}/{prefix}-pipelines/*/{}*",
                stack()
            )],
            Self::TemplateKeys => vec![format!("arn:aws:kms:{region}:{account}:key/*")],
            Self::BootstrapVersion => vec![format!(
                "arn:aws:ssm:*:{account}:parameter/cdk-bootstrap/{qualifier}/version"
            )],
            Self::ExecutionRole => vec![access.execution_role_arn()],
            Self::Setup => vec!["*".to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use domain::{
        account::{AccountId, BootstrapQualifier, ExternalId, Region},
        ids::{EnvironmentId, PipelineId, PipelineName},
        prefix::Prefix,
    };

    use super::*;
    use crate::linked_accounts::role_template::TEMPLATE;

    fn access() -> Access {
        Access {
            prefix: Prefix::parse("p".repeat(12)).unwrap(),
            platform_account_id: AccountId::parse("000000000000").unwrap(),
            environment_id: EnvironmentId::parse("env-cicd0001").unwrap(),
            account_id: AccountId::parse("111111111111").unwrap(),
            region: Region::parse("ap-southeast-2").unwrap(),
            team: None,
            external_id: ExternalId::parse("3b1f8c1e-2f5a").unwrap(),
            bootstrap_qualifier: BootstrapQualifier::parse("q".repeat(10)).unwrap(),
            permissions_boundary: None,
        }
    }

    #[test]
    fn policies_fit_for_the_longest_names() {
        let (name, id) = (
            PipelineName::parse("n".repeat(32)).unwrap(),
            PipelineId::parse("k3j9x0ab").unwrap(),
        );
        let access = access();
        let names = PipelineNames::new(&access.prefix, &name, &id);
        let bucket = "b".repeat(63);
        for (step, calls) in ALL {
            for count in [0, MOST_BUCKETS, MOST_BUCKETS + 1] {
                let buckets = vec![bucket.as_str(); count];
                let policy = SessionPolicy::with_buckets(calls, &access, &names.repository(), &buckets);
                policy.unwrap_or_else(|error| panic!("{step}, {count} buckets: {error}"));
            }
        }
    }

    #[test]
    fn what_is_too_long_is_an_error_before_sts_is_asked() {
        let calls = [Calls {
            on: On::Setup,
            actions: &["x:y"; 400],
        }];
        let error = SessionPolicy::of_setup(&calls, &access()).unwrap_err();
        assert_eq!(error.name(), "Internal");
    }

    /// A call that the role does not allow is denied, whatever the session policy says.
    #[test]
    fn every_call_is_one_that_the_role_allows() {
        for (step, calls) in ALL {
            for action in calls.iter().flat_map(|calls| calls.actions) {
                assert!(TEMPLATE.contains(action), "{step}: {action}");
            }
        }
    }

    #[test]
    fn another_pipeline_is_out_of_reach() {
        let access = access();
        let (name, id) = (
            PipelineName::parse("sales").unwrap(),
            PipelineId::parse("k3j9x0ab").unwrap(),
        );
        let names = PipelineNames::new(&access.prefix, &name, &id);
        for (step, calls) in ALL {
            let per_pipeline = calls.iter().filter(|calls| {
                !matches!(
                    calls.on,
                    On::Setup | On::TemplateKeys | On::BootstrapVersion | On::ExecutionRole | On::Buckets
                )
            });
            for Calls { on, .. } in per_pipeline {
                for resource in on.resources(&access, &names.repository(), &[]) {
                    assert!(resource.contains("sales-k3j9x0ab"), "{step}: {resource}");
                }
            }
        }
    }
}
