//! What the steps that deploy and check stacks share.

use std::{collections::BTreeMap, fmt::Write as _};

use domain::{Result, account::Region, deployment::StackOutcome, ids::DeploymentId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::sessions::{Access, Session};

/// At most so many stacks of a pipeline are worked on at once.
pub(crate) const CONCURRENT_STACKS: usize = 8;

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

    /// Whether CloudFormation works on it with the platform's execution role, or with one of the CDK's bootstrap in that account: a
    /// pipeline that updates itself hands its stack on to that one.
    ///
    /// A stack cannot have tags of the platform's own: the CDK would find them missing in the repository and take them off. But the
    /// platform, like the CDK, always has CloudFormation work with such a role.
    #[must_use]
    pub fn made_for_pipelines(&self, access: &Access) -> bool {
        let account = &access.account_id;
        self.role_arn.as_deref().is_some_and(|role| {
            role == access.execution_role_arn()
                || role
                    .strip_prefix(&format!("arn:aws:iam::{account}:role/cdk-"))
                    .is_some_and(|rest| rest.contains("-cfn-exec-role-"))
        })
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
#[serde(rename_all = "camelCase")]
pub struct StackProgress {
    /// What is to be done next.
    pub progress: DeployProgress,
    /// The wave that is being deployed, from 1.
    pub wave: usize,
    /// The stacks of this wave and of those before it.
    pub stacks: Vec<StackOutcome>,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeployProgress {
    /// CloudFormation is at work: wait, then check.
    InProgress,
    /// A stack is to be updated, and one of its CodePipelines is at work: wait, then try again.
    WaitingForRun,
    /// The wave has ended: deploy what is missing.
    Next,
    /// All stacks are there.
    Complete,
}

/// What a deployment asks CloudFormation to do with a stack; a `ClientRequestToken` for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    Create,
    /// Change it.
    Update,
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

/// SHA-256 over a template, in hexadecimal: equal for templates that say the same, however they are written, and for a
/// template as it was sent and as `CloudFormation` tells it. None for what is no JSON, as which the platform sends every
/// template.
#[must_use]
pub fn template_digest(template: &str) -> Option<String> {
    let said = normalized(serde_json::from_str(template).ok()?);
    let digest = Sha256::digest(said.to_string());
    Some(digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// The same as `CloudFormation` tells it, with the members of objects in alphabetical order.
fn normalized(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members
                .into_iter()
                .map(|(key, value)| (as_told(&key), value))
                .collect();
            members
                .into_iter()
                .map(|(key, value)| (key, normalized(value)))
                .collect()
        }
        Value::Array(elements) => elements.into_iter().map(normalized).collect(),
        Value::String(text) => Value::String(as_told(&text)),
        other => other,
    }
}

/// `CloudFormation` tells templates with `?` for each character that is not ASCII.
fn as_told(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii(), "?")
}

/// The command that takes a stack's protection against being deleted away.
#[must_use]
pub fn unprotect_command(stack: &str, region: &Region) -> String {
    format!(
        "aws cloudformation update-termination-protection --no-enable-termination-protection --region {region} \
         --stack-name {stack}"
    )
}

#[cfg(test)]
mod tests {
    use super::template_digest;

    #[test]
    fn a_digest_is_that_of_what_a_template_says() {
        let one = template_digest(r#"{"a": [{"b": 1, "c": "\u00e9"}], "d": {}}"#);
        assert!(one.is_some());
        let other_words = "{\"d\":{},\"a\":[{\"c\":\"\u{e9}\",\"b\":1}]}";
        assert_eq!(one, template_digest(other_words));
        assert_ne!(one, template_digest(&other_words.replace('1', "2")));
        let lists = ["[1, 2]", "[2, 1]"].map(template_digest);
        assert_ne!(lists[0], lists[1], "the order of a list counts");
        assert_eq!(template_digest("Resources: {}"), None);
    }

    #[test]
    fn a_digest_is_that_of_what_cloudformation_tells() {
        let sent = template_digest("{\"city\": \"Z\u{fc}rich \u{1f3d4}\"}");
        assert_eq!(sent, template_digest(r#"{"city": "Z?rich ?"}"#));
        assert_ne!(sent, template_digest(r#"{"city": "Zurich ?"}"#));
    }
}
