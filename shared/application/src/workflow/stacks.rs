//! What the steps that deploy and check stacks share.

use domain::{
    Result,
    account::{AccountId, Region},
    deployment::{DeploymentId, StackOutcome},
};
use serde::{Deserialize, Serialize};

use super::accounts::Session;

/// Looks at CloudFormation stacks in a linked account.
pub trait DescribeStacks: Sync {
    /// A stack by its name or its id. A deleted stack is found by its id only.
    fn describe(
        &self,
        session: &Session,
        region: &Region,
        stack: &str,
    ) -> impl Future<Output = Result<Option<FoundStack>>> + Send;
}

/// Reads the templates of stacks.
pub trait ReadTemplates: DescribeStacks {
    /// The template of a stack as it was sent.
    fn template(
        &self,
        session: &Session,
        region: &Region,
        stack_id: &str,
    ) -> impl Future<Output = Result<String>> + Send;
}

/// A stack as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundStack {
    /// Its ARN.
    pub id: String,
    /// Its status, as CloudFormation names it.
    pub status: String,
    /// Why it has that status.
    pub reason: Option<String>,
    /// The role with which CloudFormation works on it.
    pub role_arn: Option<String>,
    /// Whether it refuses to be deleted.
    pub termination_protection: bool,
}

/// What a stack's status means for a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It works, in its present or its previous form.
    Usable,
    /// CloudFormation is at work on it.
    Busy,
    /// It was never completed, or its deletion failed: it has to be deleted before it can be created.
    Broken,
    /// Rolling back an update failed; the rollback has to be continued before anything else can be done.
    Stuck,
    /// It is deleted.
    Gone,
}

impl FoundStack {
    /// Whether the last update failed and was undone: the stack works, in its previous form.
    #[must_use]
    pub fn rolled_back(&self) -> bool {
        self.status == "UPDATE_ROLLBACK_COMPLETE"
    }

    /// Whether CloudFormation works on it with a role of the CDK's bootstrap in `account`.
    ///
    /// A stack cannot have tags of ours: the CDK would find them missing in the repository and take them off. But the
    /// platform, like the CDK, always has CloudFormation work with such a role.
    #[must_use]
    pub fn made_by_the_cdk(&self, account: &AccountId) -> bool {
        self.role_arn
            .as_deref()
            .and_then(|role| role.strip_prefix(&format!("arn:aws:iam::{account}:role/cdk-")))
            .is_some_and(|rest| rest.contains("-cfn-exec-role-"))
    }

    /// What its status means. A status of which nothing is known is left alone.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.status.as_str() {
            "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "REVIEW_IN_PROGRESS"
            | "DELETE_FAILED" => Phase::Broken,
            "UPDATE_ROLLBACK_FAILED" => Phase::Stuck,
            "DELETE_COMPLETE" => Phase::Gone,
            status if status.ends_with("_IN_PROGRESS") => Phase::Busy,
            _ => Phase::Usable,
        }
    }
}

/// `$.stack` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StackProgress {
    /// What is to be done next.
    pub progress: Progress,
    /// The wave that is being deployed, from 1.
    pub wave: usize,
    /// The stacks of this wave and of those before it.
    pub stacks: Vec<StackOutcome>,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Progress {
    /// CloudFormation is at work: wait, then check.
    InProgress,
    /// The wave has ended: deploy what is missing.
    Next,
    /// All stacks are there.
    Complete,
}

/// What a deployment asks CloudFormation to do with a stack; a `ClientRequestToken` for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Create it.
    Create,
    /// Change it.
    Update,
    /// Delete it.
    Delete,
    /// Delete it once more, after a failure.
    DeleteAgain,
    /// Continue the rollback of an update.
    ContinueRollback,
}

impl Request {
    /// The token of this request in `deployment`, the same for each try: up to 128 of `[a-zA-Z0-9-]`.
    #[must_use]
    pub fn token(self, deployment: &DeploymentId) -> String {
        let verb = match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::DeleteAgain => "delete-again",
            Self::ContinueRollback => "continue-rollback",
        };
        format!("{deployment}-{verb}")
    }
}

/// The command that takes a stack's protection against being deleted away.
#[must_use]
pub fn unprotect_command(stack: &str, region: &Region) -> String {
    format!(
        "aws cloudformation update-termination-protection --no-enable-termination-protection --region {region} \
         --stack-name {stack}"
    )
}
