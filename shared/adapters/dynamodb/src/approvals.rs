//! The rows of answered approvals, and of who had a hand in what is approved.

use application::{pipelines::issue_credentials::HandedOut, runs::approve::Approvals};
use domain::{
    Error, Result,
    approval::{AnswerStatus, Approval, Contribution, Decision},
    audit::AuditEntry,
    ids::{PipelineId, RunId, StageName},
    team::Username,
};
use time::OffsetDateTime;

use crate::{
    Table,
    keys::Key,
    rows::{Item, item, number, text, timestamp},
    transaction::{ABSENT, Condition, Transaction},
};

/// The condition that nobody has answered since `approval`.
fn last(approval: &Approval) -> Condition {
    Condition {
        expression: "attempt = :attempt".to_owned(),
        values: Item::from([(":attempt".to_owned(), number(approval.attempt))]),
    }
}

impl Approvals for Table {
    async fn approval(
        &self,
        pipeline: &PipelineId,
        run_id: &RunId,
        stage: &StageName,
    ) -> Result<Option<Approval>> {
        self.read(Key::answer(pipeline, run_id, stage)).await
    }

    async fn last_approved(&self, pipeline: &PipelineId, stage: &StageName) -> Result<Option<Approval>> {
        self.read(Key::last_approved(pipeline, stage)).await
    }

    async fn contribution(&self, pipeline: &PipelineId, user: &Username) -> Result<Option<Contribution>> {
        self.read(Key::contribution(pipeline, user)).await
    }

    async fn record(&self, before: Option<&Approval>, answer: &Approval) -> Result<()> {
        let key = Key::answer(&answer.pipeline_id, &answer.run_id, &answer.stage);
        let unanswered = before.map_or_else(|| ABSENT.into(), last);
        let mut transaction = Transaction::new(self);
        transaction.put(
            item(key, answer)?,
            unanswered,
            Error::ConcurrentChange("the approval"),
        )?;
        transaction.commit().await
    }

    async fn settle(&self, answer: &Approval) -> Result<()> {
        let (pipeline, stage) = (&answer.pipeline_id, &answer.stage);
        let key = Key::answer(pipeline, &answer.run_id, stage);
        let mut transaction = Transaction::new(self);
        transaction.put(
            item(key, answer)?,
            last(answer),
            Error::ConcurrentChange("the approval"),
        )?;
        if answer.decision == Decision::Approved && answer.status == AnswerStatus::Given {
            transaction.replace(item(Key::last_approved(pipeline, stage), answer)?)?;
        }
        transaction.commit().await
    }
}

impl HandedOut for Table {
    async fn handed_out(
        &self,
        pipeline: &PipelineId,
        until: OffsetDateTime,
        entry: &AuditEntry,
    ) -> Result<()> {
        let mut transaction = Transaction::new(self);
        transaction.audit(Some(entry))?;
        transaction.contribute(pipeline, &entry.facts.by, "credentialsUntil", until)?;
        transaction.commit().await
    }
}

impl Transaction<'_> {
    /// Writes that `user` changed `pipeline` at that time.
    pub(crate) fn changed_by(
        &mut self,
        pipeline: &PipelineId,
        user: &Username,
        at: OffsetDateTime,
    ) -> Result<()> {
        self.contribute(pipeline, user, "changedAt", at)
    }

    /// Sets one of the times in the row of `user`; what else it says stays.
    fn contribute(
        &mut self,
        pipeline: &PipelineId,
        user: &Username,
        attribute: &str,
        time: OffsetDateTime,
    ) -> Result<()> {
        let values = Item::from([
            (":user".to_owned(), text(user.as_str())),
            (":time".to_owned(), timestamp(time)?),
        ]);
        self.set(
            Key::contribution(pipeline, user),
            &format!("SET username = :user, {attribute} = :time"),
            values,
        )
    }
}
