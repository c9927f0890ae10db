//! Answers to approvals, and who may not give them because they had a hand in what is approved.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    ids::{PipelineId, RunId, StageName},
    input::FromInput,
    pipeline::Pipeline,
    problems::{Pointer, Problems},
    request::RequestId,
    team::Username,
    text::{check_length, check_printable, text_type},
};

text_type! {
    /// A comment on an answer: up to 350 characters, line breaks allowed. `CodePipeline` takes 512, the person's name included.
    Comment, check_comment, r"^[^\x00-\x08\x0B-\x1F\x7F-\x9F\uFFFE\uFFFF]{0,350}$"
}

impl Default for Comment {
    /// Nothing said.
    fn default() -> Self {
        Self(String::new())
    }
}

/// What an approval is answered with.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Decision {
    /// The run goes on.
    Approved,
    /// The run fails.
    Rejected,
}

impl Decision {
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

impl FromInput for Decision {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        match text.as_str() {
            "APPROVED" => Some(Self::Approved),
            "REJECTED" => Some(Self::Rejected),
            _ => {
                problems.add(at, "must be one of APPROVED, REJECTED");
                None
            }
        }
    }
}

/// How far an answer is: it is recorded before it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnswerStatus {
    /// Recorded. Whether `CodePipeline` has it is not known yet.
    Pending,
    /// `CodePipeline` has taken it.
    Given,
    /// `CodePipeline` has not taken it: another answer was first, or the platform may not answer there.
    Refused,
}

/// The answer to the approval of a run in a stage. A rejected run that is retried asks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    pub pipeline_id: PipelineId,
    /// The pipeline's stage.
    pub stage: StageName,
    /// The `CodePipeline`.
    pub code_pipeline: String,
    pub stage_name: String,
    /// The action that asked.
    pub action_name: String,
    pub run_id: RunId,
    /// The commit that it delivers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_id: Option<String>,
    /// When the run began: what came later is not in it.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub run_started_at: Option<OffsetDateTime>,
    /// The answer.
    pub decision: Decision,
    /// What was said to it.
    pub comment: Comment,
    /// Who answered.
    pub by: Username,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The request that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// The key of that request, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// How far the answer is.
    pub status: AnswerStatus,
    /// The answer's number among those to this run in this stage, from 1 on.
    pub attempt: u32,
    /// The answers before it: to a run that was rejected and then retried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierAnswer>,
}

/// An answer that another one has followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierAnswer {
    pub decision: Decision,
    /// What was said to it.
    pub comment: Comment,
    /// Who answered.
    pub by: Username,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// How far it came.
    pub status: AnswerStatus,
}

/// So many answers are kept beside the last one.
const KEPT_ANSWERS: usize = 20;

impl Approval {
    /// This answer, given after `before`.
    #[must_use]
    pub fn after(mut self, before: Option<&Self>) -> Self {
        let Some(before) = before else { return self };
        self.attempt = before.attempt + 1;
        self.earlier.clone_from(&before.earlier);
        self.earlier.push(EarlierAnswer {
            decision: before.decision,
            comment: before.comment.clone(),
            by: before.by.clone(),
            at: before.at,
            status: before.status,
        });
        let surplus = self.earlier.len().saturating_sub(KEPT_ANSWERS);
        self.earlier.drain(..surplus);
        self
    }

    /// The answer's summary in `CodePipeline`: the comment, and who wrote it.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { comment, by, .. } = self;
        format!("{comment} ({by}, via the platform)")
            .trim_start()
            .to_owned()
    }
}

/// When somebody last had a hand in what a pipeline delivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contribution {
    /// Who.
    pub username: Username,
    /// When they last changed the pipeline.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub changed_at: Option<OffsetDateTime>,
    /// Until when they can push with the credentials that they were last handed.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub credentials_until: Option<OffsetDateTime>,
}

/// What `user` did to `pipeline` that is not in its last approved run of a stage, in words; none if there is nothing. A run holds
/// what came before it began.
#[must_use]
pub fn hand_in(
    pipeline: &Pipeline,
    user: &Username,
    contribution: Option<&Contribution>,
    last_approved: Option<&Approval>,
) -> Option<&'static str> {
    let since = last_approved.map(|last| last.run_started_at.unwrap_or(last.at));
    let later = |at: Option<OffsetDateTime>| at.is_some_and(|at| since.is_none_or(|since| at > since));
    // Pipelines are older than the records of contributions.
    let created = (pipeline.owner == *user).then_some(pipeline.created_at);
    let updated = (pipeline.updated_by.as_ref() == Some(user)).then_some(pipeline.updated_at);
    if later(created) || later(updated) || later(contribution.and_then(|it| it.changed_at)) {
        Some("you changed the pipeline")
    } else if later(contribution.and_then(|it| it.credentials_until)) {
        Some("you were handed credentials of its repository")
    } else {
        None
    }
}

fn check_comment(text: &str) -> Result<(), String> {
    check_length(text, 0..=350)?;
    check_printable(text)
}
