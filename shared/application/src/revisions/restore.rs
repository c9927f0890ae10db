//! Restoring a revision: a change whose definition is the one of an earlier revision. Every rule of changes holds for it.

use domain::{
    Error, Result,
    ids::PipelineId,
    input,
    permissions::Caller,
    pipeline::{Definition, Pipeline},
    revision::{KeptRevision, Revision},
};
use serde_json::json;
use time::OffsetDateTime;

use super::KeptRevisions;
use crate::{
    access::accessible,
    deployments::{holder::Executions, start::recorded},
    pipelines::{
        Decided,
        change::{Asked, ChangePipeline, ChangePipelines},
    },
    records::{
        CommitPipelines, EnvironmentsOfPipelines,
        idempotency::{Answer, Idempotency, KeepAnswers, replayed},
        retrying,
    },
};

impl<S, W> ChangePipelines<'_, S, W>
where
    S: CommitPipelines + EnvironmentsOfPipelines + KeptRevisions + KeepAnswers,
    W: Executions,
{
    /// Makes a new revision of the pipeline `id` that defines what `revision` did, and deploys it: at once, or after the deployment
    /// that is under way. If that is what the pipeline is, nothing is written but the answer for its key.
    ///
    /// [`Error::RevisionNotKept`] if there is no such revision, or not any more.
    pub async fn restore(
        &self,
        caller: &Caller,
        id: &PipelineId,
        revision: Revision,
        request: Option<&Idempotency>,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Pipeline> {
        retrying(async || {
            if let Some(answered) = replayed::<Pipeline>(self.store, request).await? {
                return Ok(answered);
            }
            let before = accessible(self.store, caller, id).await?;
            let kept = self.kept(&before, revision).await?;
            check_written(&before, &kept.definition)?;
            let asked = Asked::Restoration(kept);
            let decided = self.decide_on(caller, &before, asked, expected, now).await?;
            let answer = Answer::to(
                request,
                decided
                    .as_ref()
                    .map_or(&before, |decided| &decided.transition.after),
            )?;
            if let Some(Decided { transition, .. }) = decided {
                self.store.commit_pipeline(&transition, answer.as_ref()).await?;
                return Ok(recorded(transition));
            }
            if let Some(answer) = &answer {
                self.store.keep(answer).await?;
            }
            Ok(before)
        })
        .await
    }

    async fn kept(&self, pipeline: &Pipeline, revision: Revision) -> Result<KeptRevision> {
        let (oldest, present) = (pipeline.oldest_kept_revision(), pipeline.revision);
        if revision == present {
            return Ok(KeptRevision::from_record(pipeline));
        }
        let kept = if (oldest..=present).contains(&revision) {
            self.store.revision(&pipeline.id, revision).await?
        } else {
            None
        };
        kept.ok_or(Error::RevisionNotKept {
            revision,
            oldest,
            present,
        })
    }
}

/// Checks what of `wanted` is not there now, as if somebody wrote it today: what is taken may have changed since.
fn check_written(present: &Pipeline, wanted: &Definition) -> Result<()> {
    let Definition {
        description,
        tags,
        stages,
    } = wanted;
    let mut written = json!({});
    if *description != present.description {
        written["description"] = json!(description);
    }
    if *tags != present.tags {
        written["tags"] = json!(tags);
    }
    if *stages != present.stages {
        written["stages"] = json!(stages);
    }
    input::parse::<ChangePipeline>(&written)?;
    Ok(())
}
