//! The one place where names of AWS resources are derived. Each fits the tightest consumer of that name for every
//! valid input; the property tests below prove it.

use crate::{
    account::{AccountId, Region},
    ids::{DeploymentId, PipelineId, PipelineName, StageName},
    prefix::Prefix,
    revision::Revision,
    text::text_type,
};

impl Prefix {
    /// The role that an account's owner deploys for the platform: an IAM role name, up to 64 characters.
    #[must_use]
    pub fn environment_role(&self, region: &Region) -> String {
        format!("{self}-environment-{region}")
    }

    /// The ARN of [`Self::environment_role`] in `account`.
    #[must_use]
    pub fn environment_role_arn(&self, account: &AccountId, region: &Region) -> String {
        format!("arn:aws:iam::{account}:role/{}", self.environment_role(region))
    }

    /// The role with which CloudFormation works on pipelines' stacks in an account that holds pipelines; the platform's role there
    /// hands stacks to no other.
    #[must_use]
    pub fn execution_role_arn(&self, account: &AccountId, region: &Region) -> String {
        format!("arn:aws:iam::{account}:role/{self}-environment-execution-{region}")
    }

    /// The policy there that bounds the roles of pipelines' stacks where the owner has named no other.
    #[must_use]
    pub fn environment_boundary(&self, region: &Region) -> String {
        format!("{self}-environment-boundary-{region}")
    }

    /// The CICD stack of the pipeline whose repository is named `repository`.
    #[must_use]
    pub fn stack_of_repository(&self, repository: &str) -> String {
        let name_and_id = repository
            .strip_prefix(self.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
            .unwrap_or(repository);
        format!("{self}{PIPELINE_STACK}{name_and_id}")
    }

    /// The stack in which an account's owner deploys that role.
    #[must_use]
    pub fn environment_stack(&self) -> String {
        format!("{self}-environment")
    }

    /// What the names of the sessions begin with in which deployments work in linked accounts. Users' sessions have a
    /// hyphen behind the prefix: none looks like a deployment's, whatever the user's name.
    #[must_use]
    pub fn deployment_sessions(&self) -> String {
        format!("{self}.deployment-")
    }

    /// The source of the platform's own events, and of requests to it, on its bus.
    #[must_use]
    pub fn event_source(&self) -> String {
        format!("{self}.pipelines")
    }

    /// The pipeline whose CICD stack, or one of whose support stacks, is named `stack`; none if it is no pipeline's.
    ///
    /// No name is both: a region ends in a single digit behind a hyphen, an id has 8 characters.
    #[must_use]
    pub fn pipeline_of_stack(&self, stack: &str) -> Option<PipelineId> {
        let rest = stack.strip_prefix(self.as_str())?.strip_prefix(PIPELINE_STACK)?;
        let pipeline = |name_and_id: &str| {
            let (name, id) = name_and_id.rsplit_once('-')?;
            PipelineName::parse(name).ok()?;
            PipelineId::parse(id).ok()
        };
        pipeline(rest).or_else(|| {
            let (name_and_id, region) = rest.rsplit_once(SUPPORT_STACK)?;
            Region::parse(region).ok()?;
            pipeline(name_and_id)
        })
    }

    /// The pipelines of which one may have the CodePipeline `name`; none if it is no pipeline's.
    ///
    /// Mostly one. The CodePipeline of a gitflow pipeline ends in a stage's name, and that may look like an id: whoever asks
    /// reads the records and sees which of them has a CodePipeline of this name.
    #[must_use]
    pub fn pipelines_of_code_pipeline(&self, name: &str) -> Vec<PipelineId> {
        let Some(rest) = name
            .strip_prefix(self.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
        else {
            return Vec::new();
        };
        let hyphens = rest.match_indices('-').map(|(at, _)| at);
        hyphens
            .filter_map(|at| {
                let (name, rest) = (&rest[..at], &rest[at + 1..]);
                PipelineName::parse(name).ok()?;
                let (id, stage) = match rest.split_once('-') {
                    Some((id, stage)) => (id, Some(stage)),
                    None => (rest, None),
                };
                if let Some(stage) = stage {
                    StageName::parse(stage).ok()?;
                }
                PipelineId::parse(id).ok()
            })
            .collect()
    }

    /// What the platform's own roles and functions begin with; the trust of an environment's role is limited to them.
    #[must_use]
    pub fn platform(&self) -> String {
        format!("{self}-platform")
    }
}

text_type! {
    /// The platform's event bus, to which linked accounts forward what happens to pipelines' stacks.
    EventBusArn, check_event_bus, r"^arn:aws:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]{1,256}$"
}

/// What stands between the prefix and the pipeline's name in the name of its CICD stack.
const PIPELINE_STACK: &str = "-pipeline-";
/// What stands between the CICD stack's name and the region in the name of a support stack.
const SUPPORT_STACK: &str = "-support-";

/// What the names of log groups of builds begin with: `CodeBuild` writes to `/aws/codebuild/{project}` where nobody says otherwise.
pub const BUILD_LOGS: &str = "/aws/codebuild/";

/// The names of one pipeline's resources.
#[derive(Clone, Copy, Debug)]
pub struct PipelineNames<'a> {
    prefix: &'a Prefix,
    name: &'a PipelineName,
    id: &'a PipelineId,
}

impl<'a> PipelineNames<'a> {
    /// The names of the pipeline `name`, `id` on the platform `prefix`.
    #[must_use]
    pub const fn new(prefix: &'a Prefix, name: &'a PipelineName, id: &'a PipelineId) -> Self {
        Self { prefix, name, id }
    }

    /// The CodeCommit repository (up to 100 characters) and the CodePipeline (up to 100, with `-selfupdate`).
    #[must_use]
    pub fn repository(&self) -> String {
        format!("{}-{}-{}", self.prefix, self.name, self.id)
    }

    /// The CodePipeline (up to 100 characters) that delivers `stage` alone, or the one that delivers all stages.
    #[must_use]
    pub fn code_pipeline(&self, stage: Option<&StageName>) -> String {
        match stage {
            None => self.repository(),
            Some(stage) => format!("{}-{stage}", self.repository()),
        }
    }

    /// The CodeBuild project that deploys `stage` (up to 150 characters) in the strategies trunk and gitflow.
    #[must_use]
    pub fn deploy_project(&self, stage: &StageName) -> String {
        format!("{}-{stage}", self.repository())
    }

    /// The log group of the pipeline's builds (up to 512 characters).
    #[must_use]
    pub fn build_log_group(&self) -> String {
        format!("{BUILD_LOGS}{}", self.repository())
    }

    /// The CICD stack (up to 128 characters).
    #[must_use]
    pub fn stack(&self) -> String {
        format!("{}{PIPELINE_STACK}{}-{}", self.prefix, self.name, self.id)
    }

    /// The application's stack of a stage, in the stage's account (up to 128 characters).
    #[must_use]
    pub fn stage_stack(&self, stage: &StageName) -> String {
        format!("{}-{stage}", self.repository())
    }

    /// The stack beside the CICD stack that holds what its pipeline needs in another region (up to 128 characters).
    #[must_use]
    pub fn support_stack(&self, region: &Region) -> String {
        format!("{}{SUPPORT_STACK}{region}", self.stack())
    }

    /// Where `git` with `git-remote-codecommit` clones from.
    #[must_use]
    pub fn clone_url(&self, region: &Region) -> String {
        format!("codecommit::{region}://{}", self.repository())
    }

    /// The command that clones the repository.
    #[must_use]
    pub fn clone_command(&self, region: &Region) -> String {
        format!("git clone {}", self.clone_url(region))
    }
}

/// An execution of the state machine (up to 80 characters): people find it in the console by name and revision.
#[must_use]
pub fn execution(
    name: &PipelineName,
    id: &PipelineId,
    revision: Revision,
    deployment: &DeploymentId,
) -> String {
    format!("{name}-{id}-r{revision}-{deployment}")
}

/// The stage of a CodePipeline that approves and deploys `stage` in the strategy cdk-trunk; its construct id, too.
///
/// Not the stage's name alone: the CDK wants two characters at least, drops hyphens at the end where it names folders,
/// and leaves the construct id out of a stack's name that begins with it, which a capital rules out.
#[must_use]
pub fn stage_construct(stage: &StageName) -> String {
    format!("{stage}-Deploy")
}

/// The stage of a CodePipeline that deploys `stage` in the strategies trunk and gitflow (up to 100 characters).
#[must_use]
pub fn deploy_stage(stage: &StageName) -> String {
    format!("Deploy-{stage}")
}

/// The stage of a CodePipeline in which a person approves before [`deploy_stage`].
#[must_use]
pub fn approval_stage(stage: &StageName) -> String {
    format!("Approve-{stage}")
}

/// The tag by which the platform knows its own repositories and stacks; its value is the pipeline's id.
pub const PIPELINE_TAG: &str = "dataall:pipeline";

fn check_event_bus(text: &str) -> Result<(), String> {
    let parts = text
        .strip_prefix("arn:aws:events:")
        .and_then(|rest| rest.split_once(':'))
        .and_then(|(region, rest)| Some((region, rest.split_once(":event-bus/")?)));
    let fits = parts.is_some_and(|(region, (account, name))| {
        Region::parse(region).is_ok()
            && AccountId::parse(account).is_ok()
            && (1..=256).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._/-".contains(&b))
    });
    if fits {
        Ok(())
    } else {
        Err("must be the ARN of an event bus in EventBridge".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        arbitrary::any,
        prelude::{prop_assert, prop_assert_eq, proptest},
    };

    use super::*;
    use crate::account::PermissionsBoundary;

    #[test]
    fn stacks_of_others_belong_to_no_pipeline() {
        let prefix = Prefix::default();
        for stack in [
            "",
            "CDKToolkit",
            "dataall-platform",
            "dataall-environment",
            "dataall-sales-k3j9x0ab-dev",
            "other-pipeline-sales-k3j9x0ab",
            "dataallx-pipeline-sales-k3j9x0ab",
            "dataall-pipeline-k3j9x0ab",
            "dataall-pipeline--k3j9x0ab",
            "dataall-pipeline-sales-K3J9X0AB",
            "dataall-pipeline-sales-k3j9x0ab-support-",
            "dataall-pipeline-sales-k3j9x0ab-support-nowhere",
            "dataall-pipeline-sales-support-eu-west-1",
        ] {
            assert_eq!(prefix.pipeline_of_stack(stack), None, "{stack}");
        }
    }

    #[test]
    fn code_pipelines_of_others_belong_to_no_pipeline() {
        let prefix = Prefix::default();
        for name in [
            "",
            "dataall",
            "dataall-",
            "dataall-k3j9x0ab",
            "dataall--k3j9x0ab",
            "dataall-sales-K3J9X0AB",
            "dataall-sales-k3j9x0ab-",
            "dataall-sales-k3j9x0ab-cicd",
            "dataallx-sales-k3j9x0ab",
            "other-sales-k3j9x0ab",
        ] {
            assert_eq!(prefix.pipelines_of_code_pipeline(name), [], "{name}");
        }
    }

    #[test]
    fn an_event_bus_is_named_by_its_whole_arn() {
        EventBusArn::parse("arn:aws:events:eu-west-1:000000000000:event-bus/dataall-pipelines").unwrap();
        for text in [
            "dataall-pipelines",
            "arn:aws:events:eu-west-1:000000000000:rule/dataall-pipelines",
            "arn:aws:events:eu-west-1:0:event-bus/dataall-pipelines",
            "arn:aws:events:eu-west-1:000000000000:event-bus/a b",
            "arn:aws:events:eu-west-1:000000000000:event-bus/",
        ] {
            assert!(EventBusArn::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_stacks_name_tells_its_pipeline(
            prefix in "[a-z](-?[a-z0-9]){1,5}",
            // Names that look like what stands around them, too.
            name in "([a-z](-?[a-z0-9]){1,15}|a-support-eu-west-1|pipeline-x|x-support-b)",
            id in "[a-z][a-z0-9]{7}",
            region in "(eu|us)-(west|central)-[1-9]",
        ) {
            let prefix = Prefix::parse(prefix).unwrap();
            let name = PipelineName::parse(name).unwrap();
            let id = PipelineId::parse(id).unwrap();
            let names = PipelineNames::new(&prefix, &name, &id);
            prop_assert_eq!(prefix.pipeline_of_stack(&names.stack()), Some(id.clone()));
            prop_assert_eq!(prefix.stack_of_repository(&names.repository()), names.stack());
            let region = Region::parse(region).unwrap();
            prop_assert_eq!(prefix.pipeline_of_stack(&names.support_stack(&region)), Some(id.clone()));
        }

        #[test]
        fn a_code_pipelines_name_tells_its_pipeline(
            prefix in "[a-z](-?[a-z0-9]){1,5}",
            // Names and stages that look like ids, too.
            name in "([a-z](-?[a-z0-9]){1,15}|a-k3j9x0ab|k3j9x0ab)",
            id in "[a-z][a-z0-9]{7}",
            stage in "([abd-z][a-z0-9-]{0,15}|k3j9x0ab|a-k3j9x0ab)",
        ) {
            let prefix = Prefix::parse(prefix).unwrap();
            let name = PipelineName::parse(name).unwrap();
            let id = PipelineId::parse(id).unwrap();
            let stage = StageName::parse(stage).unwrap();
            let names = PipelineNames::new(&prefix, &name, &id);
            for code_pipeline in [names.code_pipeline(None), names.code_pipeline(Some(&stage))] {
                let found = prefix.pipelines_of_code_pipeline(&code_pipeline);
                prop_assert!(found.contains(&id), "{code_pipeline}: {found:?}");
                prop_assert!(found.len() <= 4, "{code_pipeline}: each costs a read: {found:?}");
            }
        }

        #[test]
        fn names_fit_their_tightest_consumer(
            prefix in "[a-z][a-z0-9]{1,11}",
            name in "[a-z][a-z0-9]{1,31}",
            id in "[a-z][a-z0-9]{7}",
            stage in "[a-bd-z][a-z0-9-]{0,15}",
            deployment in "[0-9a-hjkmnp-tv-z]{26}",
            revision in any::<u32>(),
        ) {
            let prefix = Prefix::parse(prefix).unwrap();
            let name = PipelineName::parse(name).unwrap();
            let id = PipelineId::parse(id).unwrap();
            let region = Region::parse("ap-southeast-2").unwrap();
            let names = PipelineNames::new(&prefix, &name, &id);
            prop_assert!(names.repository().len() + "-selfupdate".len() <= 100);
            prop_assert!(names.build_log_group().len() <= 512);
            prop_assert!(names.support_stack(&region).len() <= 128);
            let stage = StageName::parse(stage).unwrap();
            prop_assert!(names.stage_stack(&stage).len() <= 128);
            prop_assert!(names.code_pipeline(Some(&stage)).len() <= 100);
            prop_assert!(names.deploy_project(&stage).len() <= 150);
            prop_assert!(execution(&name, &id, Revision(revision), &DeploymentId::parse(deployment).unwrap()).len() <= 80);
            prop_assert!(prefix.environment_role(&region).len() <= 64);
            let account = AccountId::parse("111111111111").unwrap();
            let execution = prefix.execution_role_arn(&account, &region);
            prop_assert!(execution.rsplit('/').next().unwrap().len() <= 64);
            prop_assert!(PermissionsBoundary::parse(prefix.environment_boundary(&region)).is_ok());
        }
    }
}
