//! Answering an approval.
//!
//! The answer is recorded first, then CodePipeline is told, then the record says whether CodePipeline took it. Who dies in
//! between
//! leaves a record of an answer that nobody knows to be given: while CodePipeline still waits, the next answer takes its place.

use domain::{
    Error, Pointer, Problems, Result,
    approval::{AnswerStatus, Approval, Comment, Contribution, Decision, hand_in},
    environment::{ApprovalRule, Environment},
    ids::{PipelineId, RunId, StageName},
    input::{FromInput, Members},
    permissions::Caller,
    team::Username,
};
use futures_util::future::try_join;
use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{CodePipeline, FindRun, Scope, not_deployed};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    access::used,
    linked_accounts::sessions::Session,
    platform::Platform,
    records::{
        EnvironmentsOfPipelines, Pipelines,
        idempotency::{Idempotency, KeepAnswers, once},
    },
};

/// Longer than a function runs: an answer that has been on its way for so long is not any more.
const ON_ITS_WAY: Duration = Duration::minutes(1);

/// Reads and writes answers, and who had a hand in what is approved.
pub trait Approvals: Pipelines + EnvironmentsOfPipelines + KeepAnswers {
    /// The last answer to the run `run_id` in `stage`, if there is one.
    fn approval(
        &self,
        pipeline: &PipelineId,
        run_id: &RunId,
        stage: &StageName,
    ) -> impl Future<Output = Result<Option<Approval>>> + Send;

    /// The last approval of a run in `stage`, if there is one.
    fn last_approved(
        &self,
        pipeline: &PipelineId,
        stage: &StageName,
    ) -> impl Future<Output = Result<Option<Approval>>> + Send;

    /// When `user` had a hand in what `pipeline` delivers, if ever.
    fn contribution(
        &self,
        pipeline: &PipelineId,
        user: &Username,
    ) -> impl Future<Output = Result<Option<Contribution>>> + Send;

    /// Writes `answer` in the place of `before`, if that is still the last one; [`Error::ConcurrentChange`] otherwise.
    fn record(&self, before: Option<&Approval>, answer: &Approval)
    -> impl Future<Output = Result<()>> + Send;

    /// Writes how far the recorded `answer` is by now; one that approves and was given is the stage's last approval from now on.
    fn settle(&self, answer: &Approval) -> impl Future<Output = Result<()>> + Send;
}

/// Asks and answers CodePipeline.
pub trait AnswerApprovals: FindRun {
    /// The stages of the CodePipeline `name`, in order; none if there is no such CodePipeline.
    fn questions(
        &self,
        session: &Session,
        name: &str,
    ) -> impl Future<Output = Result<Option<Vec<AskingStage>>>> + Send;

    /// Answers `question` of the CodePipeline's stage `stage`; false if it is answered already, or is asked no more.
    fn answer(
        &self,
        session: &Session,
        name: &str,
        stage: &str,
        question: &Question,
        decision: Decision,
        summary: &str,
    ) -> impl Future<Output = Result<bool>> + Send;
}

/// A stage of a CodePipeline, and what it asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskingStage {
    pub name: String,
    /// The run that came there last.
    pub run_id: Option<RunId>,
    /// What waits there for a person.
    pub question: Option<Question>,
}

/// An approval that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The action that asks.
    pub action: String,
    /// What tells this question from later ones of the same action.
    pub token: String,
}

/// An answer to an approval.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct AnswerApproval {
    /// Whether the run goes on.
    pub decision: Decision,
    /// What is to be said to it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Comment>))]
    pub comment: Comment,
    /// The run to answer. If another run waits by now, that one is left alone.
    pub run_id: Option<RunId>,
}

impl FromInput for AnswerApproval {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let decision = members.required("decision", problems);
        let comment = members.optional("comment", problems);
        let run_id = members.optional("runId", problems);
        members.finish(problems);
        Some(Self {
            decision: decision?,
            comment: comment?.unwrap_or_default(),
            run_id: run_id?,
        })
    }
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &[
        "codepipeline:GetPipelineState",
        "codepipeline:GetPipelineExecution",
        "codepipeline:ListActionExecutions",
        "codepipeline:PutApprovalResult",
    ],
}];

/// Answers the approval that waits in the pipeline's stage `stage`.
///
/// [`Error::Conflict`] if none waits, another run's does, or somebody was first.
pub async fn answer(
    store: &impl Approvals,
    code_pipelines: &impl AnswerApprovals,
    platform: &Platform,
    caller: &Caller,
    (id, stage): (&PipelineId, &StageName),
    wanted: AnswerApproval,
    (request, now): (Option<&Idempotency>, OffsetDateTime),
) -> Result<Approval> {
    let scope = Scope::of_reader(store, platform, caller, id, CALLS).await?;
    let environment = used(&scope.environments, &scope.stage(stage)?.environment_id, id)?;
    if !caller.may_answer_for(environment) {
        return Err(Error::Forbidden(format!(
            "only the team of the stage's environment, {}, may approve or reject what goes to {stage}",
            environment.team
        )));
    }
    let answering = Answering {
        store,
        code_pipelines,
        of: scope.code_pipeline(stage),
        scope: &scope,
        environment,
        stage,
        caller,
        now,
        key: request.map(|request| request.key.as_str()),
    };
    once(store, request, async || Box::pin(answering.answer(wanted)).await)
        .await
        .map_err(|error| scope.session.explain(error))
}

struct Answering<'a, S, C> {
    store: &'a S,
    code_pipelines: &'a C,
    scope: &'a Scope,
    environment: &'a Environment,
    of: CodePipeline,
    stage: &'a StageName,
    caller: &'a Caller,
    now: OffsetDateTime,
    /// The request's idempotency key.
    key: Option<&'a str>,
}

impl<S: Approvals, C: AnswerApprovals> Answering<'_, S, C> {
    async fn answer(&self, wanted: AnswerApproval) -> Result<Approval> {
        let name = &self.of.name;
        let stages = self.code_pipelines.questions(&self.scope.session, name).await?;
        let strategy = self.scope.pipeline.strategy;
        let parts: Vec<AskingStage> = stages
            .ok_or_else(|| not_deployed(name))?
            .into_iter()
            .filter(|part| strategy.delivers(&part.name, self.stage))
            .collect();
        let asking = parts.iter().find_map(|part| {
            let question = part.question.as_ref()?;
            Some((part, question, part.run_id.as_ref()?))
        });
        let meant = wanted.run_id.as_ref();
        match asking {
            Some((part, question, run_id)) if meant.is_none_or(|meant| meant == run_id) => {
                self.answer_question(&part.name, question, run_id, wanted).await
            }
            Some((_, _, other)) => self.answered(meant, &wanted).await?.ok_or_else(|| {
                Error::Conflict(format!("another run, {other}, waits in the stage {}", self.stage))
            }),
            None => {
                let last = parts.iter().find_map(|part| part.run_id.as_ref());
                let answered = self.answered(meant.or(last), &wanted).await?;
                answered.ok_or_else(|| {
                    Error::Conflict(format!(
                        "nothing waits for an approval in the stage {}",
                        self.stage
                    ))
                })
            }
        }
    }

    /// The answer to a question that is not asked any more, if there is one: ours if it was on its way when we died; somebody
    /// else's is an error that says so.
    async fn answered(&self, run_id: Option<&RunId>, wanted: &AnswerApproval) -> Result<Option<Approval>> {
        let Some(run_id) = run_id else { return Ok(None) };
        let before = self
            .store
            .approval(&self.scope.pipeline.id, run_id, self.stage)
            .await?;
        match before {
            Some(before) if before.status == AnswerStatus::Pending && self.is_same(&before, wanted) => {
                self.settled(before, AnswerStatus::Given).await.map(Some)
            }
            // The request came before, and died between its answer and what is kept for its key.
            Some(before)
                if before.status == AnswerStatus::Given
                    && self.is_same(&before, wanted)
                    && self.key.is_some()
                    && before.idempotency_key.as_deref() == self.key =>
            {
                Ok(Some(before))
            }
            Some(before) if before.status != AnswerStatus::Refused => Err(first(&before)),
            _ => Ok(None),
        }
    }

    fn is_same(&self, before: &Approval, wanted: &AnswerApproval) -> bool {
        before.by == self.caller.username && before.decision == wanted.decision
    }

    async fn answer_question(
        &self,
        stage_name: &str,
        question: &Question,
        run_id: &RunId,
        wanted: AnswerApproval,
    ) -> Result<Approval> {
        let before = self
            .store
            .approval(&self.scope.pipeline.id, run_id, self.stage)
            .await?;
        let on_its_way = before
            .as_ref()
            .filter(|before| before.status == AnswerStatus::Pending && self.now - before.at < ON_ITS_WAY);
        let repeated = before
            .as_ref()
            .is_some_and(|before| before.status == AnswerStatus::Pending && self.is_same(before, &wanted));
        if let Some(other) = on_its_way.filter(|before| !self.is_same(before, &wanted)) {
            return Err(Error::Conflict(format!(
                "{} is answering at this moment: read the stage again",
                other.by
            )));
        }
        if wanted.decision == Decision::Approved {
            self.check_four_eyes().await?;
        }
        let (commit_id, run_started_at) = self.run(run_id).await?;
        let answer = Approval {
            pipeline_id: self.scope.pipeline.id.clone(),
            stage: self.stage.clone(),
            code_pipeline: self.of.name.clone(),
            stage_name: stage_name.to_owned(),
            action_name: question.action.clone(),
            run_id: run_id.clone(),
            commit_id,
            run_started_at,
            decision: wanted.decision,
            comment: wanted.comment,
            by: self.caller.username.clone(),
            at: self.now,
            request_id: self.caller.request_id.clone(),
            idempotency_key: self.key.map(str::to_owned),
            status: AnswerStatus::Pending,
            attempt: 1,
            earlier: Vec::new(),
        }
        .after(before.as_ref());
        self.store.record(before.as_ref(), &answer).await?;
        let taken = self
            .code_pipelines
            .answer(
                &self.scope.session,
                &self.of.name,
                stage_name,
                question,
                answer.decision,
                &answer.summary(),
            )
            .await;
        match taken {
            Ok(true) => self.settled(answer, AnswerStatus::Given).await,
            // The answer that it took may be the one that nobody knew to be given.
            Ok(false) if repeated => self.settled(answer, AnswerStatus::Given).await,
            Ok(false) => {
                self.settled(answer, AnswerStatus::Refused).await?;
                Err(Error::Conflict(format!(
                    "the approval in the stage {} was answered a moment ago",
                    self.stage
                )))
            }
            // It may have arrived.
            Err(error @ Error::ServiceUnavailable { .. }) => Err(error),
            Err(error) => {
                self.settled(answer, AnswerStatus::Refused).await?;
                Err(error)
            }
        }
    }

    async fn settled(&self, answer: Approval, status: AnswerStatus) -> Result<Approval> {
        let answer = Approval { status, ..answer };
        self.store.settle(&answer).await?;
        Ok(answer)
    }

    /// The commit of the run, and when it began.
    async fn run(&self, run_id: &RunId) -> Result<(Option<String>, Option<OffsetDateTime>)> {
        let (session, name) = (&self.scope.session, &self.of.name);
        let (run, actions) = try_join(
            self.code_pipelines.run(session, name, run_id),
            self.code_pipelines.actions(session, name, run_id),
        )
        .await?;
        let began = actions.iter().filter_map(|action| action.started_at).min();
        Ok((run.and_then(|run| run.commit_id), began))
    }

    async fn check_four_eyes(&self) -> Result<()> {
        if self.environment.approval != ApprovalRule::FourEyes {
            return Ok(());
        }
        let (pipeline, user) = (&self.scope.pipeline, &self.caller.username);
        let (contribution, last) = try_join(
            self.store.contribution(&pipeline.id, user),
            self.store.last_approved(&pipeline.id, self.stage),
        )
        .await?;
        match hand_in(pipeline, user, contribution.as_ref(), last.as_ref()) {
            None => Ok(()),
            Some(hand) => Err(Error::Forbidden(format!(
                "four eyes approve what goes to {}, and {hand} since its last approved run: somebody else of the team {} \
                 must approve",
                self.stage, self.environment.team
            ))),
        }
    }
}

/// The error of who comes second.
fn first(answer: &Approval) -> Error {
    let at = answer.at.format(&Rfc3339).unwrap_or_default();
    Error::Conflict(format!(
        "{} has {} the run {} at {at}",
        answer.by,
        answer.decision.verb(),
        answer.run_id
    ))
}
