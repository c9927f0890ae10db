//! The one error type. It knows no HTTP and no Step Functions; the edges translate it.
//!
//! [`Error::name`] is stable: clients, the state machine's `Retry` and `Catch` and the operator's guide use it.
//! [`std::fmt::Display`] is for the person who has to act; [`std::error::Error::source`] is for the log.

use crate::{problems::Problems, revision::Revision};

/// The cause of an error, for the log only.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// A result with the domain's error.
pub type Result<T> = std::result::Result<T, Error>;

/// Where a branch of a repository contradicts what the platform wants, and what it proposes instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    pub branch: String,
    /// The files and their lines in it.
    pub conflicts: String,
    /// The branch that holds what the platform wants.
    pub proposal: String,
    /// The id of the pull request that merges it.
    pub pull_request: String,
}

fn in_words(contradictions: &[Contradiction]) -> String {
    let one = |contradiction: &Contradiction| {
        let Contradiction {
            branch,
            conflicts,
            proposal,
            pull_request,
        } = contradiction;
        format!(
            "The branch {branch}: {conflicts}; what the platform wants there is on the branch {proposal}, pull request \
             {pull_request}"
        )
    };
    contradictions.iter().map(one).collect::<Vec<_>>().join(". ")
}

/// Everything that can go wrong. Its variants' names are the errors' stable names ([`VariantNames`](strum::VariantNames) lists
/// them): renaming one breaks clients.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Error {
    /// The input is wrong; each problem says where.
    #[error("{} in the request", count(.0))]
    Invalid(Problems),
    /// The request carries no token that the API accepts.
    #[error("{0}: sign in, and send the id token in the header Authorization")]
    Unauthenticated(&'static str),
    /// There is no such thing, or the caller may not see it.
    #[error("there is no {what} {id:?} that you may see")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        id: String,
    },
    /// A pipeline's revision that never was, or is not kept any more.
    #[error("there is no revision {revision} of this pipeline: those from {oldest} to {present} are kept")]
    RevisionNotKept {
        revision: Revision,
        oldest: Revision,
        present: Revision,
    },
    /// The caller may see it, but not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The request contradicts the present state.
    #[error("{0}")]
    Conflict(String),
    /// `If-Match` names another revision than the present one.
    #[error("the record is at revision {present} by now: read it again and repeat your change")]
    Stale {
        /// The present revision.
        present: Revision,
    },
    /// The request's body is larger than any that the API takes.
    #[error("the body has more than {limit} bytes, which is the most that the API takes")]
    TooLarge {
        /// How many bytes a body may have.
        limit: usize,
    },
    /// A user has sent more requests than the platform's settings allow.
    #[error("you have sent more than {limit} {what}: try again in {retry_after} seconds")]
    TooManyRequests {
        limit: u32,
        /// Of what, and in which time.
        what: &'static str,
        /// In so many seconds it can be tried again.
        retry_after: u32,
    },
    /// There are as many of something as the platform's settings allow.
    #[error("{0}")]
    QuotaExceeded(String),
    /// An idempotency key came again with another request.
    #[error("this Idempotency-Key was used with another request: use a new key for a new request")]
    IdempotencyKeyReused,

    /// An account lacks the CDK bootstrap, or has one that is too old or does not trust the CICD account.
    #[error("{detail}. Run: {command}")]
    EnvironmentNotBootstrapped {
        /// What is missing where.
        detail: String,
        /// The command that fixes it.
        command: String,
    },
    /// The platform may not assume an environment's role.
    #[error("{detail}")]
    EnvironmentRoleNotAssumable {
        /// Which role, what STS said, and who has the command that fixes it.
        detail: String,
    },
    /// The owner of a CICD environment does not let the platform keep such a pipeline there.
    #[error("{detail}. Run: {command}")]
    PipelinesNotAllowed {
        /// Where, and what is allowed.
        detail: String,
        /// The command by which the owner allows it.
        command: String,
    },
    /// The role of an environment lacks a permission: its template is older than the platform.
    #[error(
        "{operation} was denied in account {account}: update the stack of the environment's role there. {detail}"
    )]
    AccessDenied {
        /// The AWS operation.
        operation: &'static str,
        account: String,
        /// What the service said.
        detail: String,
    },
    /// The owners of an environment do not let the pipeline use it, or not any more.
    #[error("{0}")]
    EnvironmentNotAllowed(String),
    /// A repository of the pipeline's name is there, but is not the pipeline's.
    #[error(
        "a repository named {0} exists in the CICD account and was not made for this pipeline; it is left alone. \
         Rename or delete it, then deploy again"
    )]
    RepositoryNotOurs(String),
    /// Developers changed what the platform wants to change.
    #[error(
        "what the repository's developers committed contradicts this revision. {}. These branches are left as they are: \
         edit what is proposed until it is right and merge it, then deploy again",
        in_words(.0)
    )]
    RepositoryConflict(Vec<Contradiction>),
    /// The account may not use CodeCommit.
    #[error(
        "CodeCommit is not available in the CICD account: {0}. Ask AWS Support to enable it, then deploy again"
    )]
    RepositoryUnavailable(String),
    /// A stack of the pipeline's name is there, but is not the pipeline's.
    #[error(
        "a stack named {0} exists in the CICD account and was not made for this pipeline; it is left alone. \
         Delete it, then deploy again"
    )]
    StackNotOurs(String),
    /// CloudFormation could not create, update or delete a stack.
    #[error("the stack {stack} in {region} ended in {status}: {reason}")]
    StackFailed {
        stack: String,
        region: String,
        /// The status that it ended in.
        status: String,
        /// The first resource that failed and why.
        reason: String,
    },
    /// Stacks are protected against being deleted.
    #[error("termination protection is on for {stack}. Run: {command}")]
    StackProtected {
        stack: String,
        /// The commands that take the protection away.
        command: String,
    },
    /// CloudFormation could not delete a stack, twice.
    #[error("the stack {stack} in {region} could not be deleted: {reason}. Remove what is in the way")]
    StackNotDeleted {
        stack: String,
        region: String,
        /// The first resource that could not be deleted and why.
        reason: String,
    },
    /// S3 does not let objects of a bucket be deleted.
    #[error("the bucket {bucket} in {region} could not be emptied: {detail}. Empty and delete it")]
    BucketNotEmptied {
        bucket: String,
        region: String,
        /// What S3 said.
        detail: String,
    },
    /// What a CodePipeline runs does not end, and an update of its stack would cancel it.
    #[error(
        "{action} of the CodePipeline {code_pipeline} was still under way after {minutes} minutes, and an update of the stack \
         would cancel it in the middle. Wait for it, or stop it with POST /pipelines/{pipeline}/runs/{run}/stop; then deploy again"
    )]
    RunUnderWay {
        pipeline: String,
        /// The CodePipeline.
        code_pipeline: String,
        /// Its execution.
        run: String,
        /// The action that is under way, with its stage.
        action: String,
        /// For how long the deployment may wait.
        minutes: u32,
    },
    /// The deployment took longer than it may.
    #[error(
        "the deployment did not end within {minutes} minutes; last seen: {last_seen}. Deploy again to resume"
    )]
    DeploymentTimedOut {
        /// How long it may take.
        minutes: u32,
        /// What it waited for.
        last_seen: String,
    },
    /// The deletion took longer than it may.
    #[error("the deletion did not end within {minutes} minutes; last seen: {last_seen}")]
    DeletionTimedOut {
        /// How long it may take.
        minutes: u32,
        /// What it waited for.
        last_seen: String,
    },
    /// A newer deployment has taken the pipeline over; this one must not touch it any more.
    #[error("deployment {0} does not hold the pipeline any more")]
    DeploymentSuperseded(String),
    /// The deployment that a redeployment asked for ended badly.
    #[error("the deployment {deployment} of the pipeline {pipeline} failed. {cause}")]
    DeploymentFailed {
        deployment: String,
        pipeline: String,
        /// Why, and what to do.
        cause: String,
    },

    /// A file is larger than the API answers.
    #[error(
        "the file {path} has more than {limit} bytes, which is the most that is answered here: clone the repository to read it"
    )]
    FileTooLarge {
        /// The file.
        path: String,
        /// How many bytes a file may have.
        limit: usize,
    },

    /// An AWS service asks to slow down.
    #[error("{operation} is being throttled by AWS: try again in a moment")]
    Throttled {
        /// The AWS operation.
        operation: &'static str,
        /// What the service said.
        #[source]
        source: Source,
    },
    /// An AWS service did not answer, or answered with a fault of its own.
    #[error("{operation} did not succeed: the service is unavailable; try again in a moment")]
    ServiceUnavailable {
        /// The AWS operation.
        operation: &'static str,
        /// What came back.
        #[source]
        source: Source,
    },
    /// Somebody else changed the same thing at the same time.
    #[error("{0} was changed by somebody else at the same time: try again")]
    ConcurrentChange(&'static str),

    /// A deployment or a redeployment is recorded, but its workflow could not be started.
    #[error("the workflow could not be started: {reason}. {again}")]
    WorkflowNotStarted {
        /// Why not.
        reason: String,
        /// How to ask for it again.
        again: String,
    },
    /// Somebody stopped an execution of the workflow.
    #[error("somebody stopped the workflow's execution in Step Functions. {again}")]
    ExecutionStopped {
        /// How to ask for it again.
        again: String,
    },
    /// An execution of the workflow took longer than any may.
    #[error("the workflow took longer than two hours. {again}")]
    ExecutionTimedOut {
        /// How to ask for it again.
        again: String,
    },
    /// A redeployment has ended, and some of its pipelines failed.
    #[error(
        "{failed} of {total} pipelines could not be deployed: GET /pipelines?status=FAILED shows why, each in its lastDeployment. \
         Fix that, then ask for the redeployment again"
    )]
    PipelinesFailed {
        /// How many failed.
        failed: u64,
        /// How many the redeployment took.
        total: u64,
    },
    /// An AWS service refused a request of the platform that it should have accepted.
    #[error("{operation} was refused: {detail}")]
    Refused {
        /// The AWS operation.
        operation: &'static str,
        /// What the service said.
        detail: String,
        /// The whole of it.
        #[source]
        source: Source,
    },
    /// A fault of the platform's own.
    #[error("the platform failed: {0}")]
    Internal(String),
    /// A function crashed in what is named: a fault of the platform's own, too. What the panic said is for the log.
    #[error("the platform failed: a fault in {doing}. Tell the platform's administrators")]
    Panic {
        /// What the function was doing.
        doing: String,
        /// The panic's message.
        #[source]
        source: Source,
    },
}

impl Error {
    /// The error when there is no `what` with this id, or none that the caller may see.
    #[must_use]
    pub fn not_found(what: &'static str, id: &impl ToString) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    /// The error's stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Whether the same call may succeed a moment later without anybody doing anything.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::ServiceUnavailable { .. } | Self::ConcurrentChange(_) => true,
            Self::Invalid(_)
            | Self::Unauthenticated(_)
            | Self::TooLarge { .. }
            | Self::TooManyRequests { .. }
            | Self::QuotaExceeded(_)
            | Self::NotFound { .. }
            | Self::RevisionNotKept { .. }
            | Self::Forbidden(_)
            | Self::Conflict(_)
            | Self::Stale { .. }
            | Self::IdempotencyKeyReused
            | Self::EnvironmentNotBootstrapped { .. }
            | Self::EnvironmentRoleNotAssumable { .. }
            | Self::PipelinesNotAllowed { .. }
            | Self::AccessDenied { .. }
            | Self::EnvironmentNotAllowed(_)
            | Self::RepositoryNotOurs(_)
            | Self::RepositoryConflict(_)
            | Self::RepositoryUnavailable(_)
            | Self::StackNotOurs(_)
            | Self::StackFailed { .. }
            | Self::StackProtected { .. }
            | Self::StackNotDeleted { .. }
            | Self::BucketNotEmptied { .. }
            | Self::RunUnderWay { .. }
            | Self::DeploymentTimedOut { .. }
            | Self::DeletionTimedOut { .. }
            | Self::DeploymentSuperseded(_)
            | Self::DeploymentFailed { .. }
            | Self::FileTooLarge { .. }
            | Self::WorkflowNotStarted { .. }
            | Self::ExecutionStopped { .. }
            | Self::ExecutionTimedOut { .. }
            | Self::PipelinesFailed { .. }
            | Self::Refused { .. }
            | Self::Internal(_)
            | Self::Panic { .. } => false,
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}

fn count(problems: &Problems) -> String {
    match problems.as_slice().len() {
        1 => "1 problem".to_owned(),
        n => format!("{n} problems"),
    }
}
