//! `CloseStages`: closes the way into the stages whose environments' owners do not let the pipeline use them any more. The deployment
//! fails; what is delivered elsewhere goes on.

use domain::{
    Error, Result, consent,
    consent::Withdrawal,
    ids::{DeploymentId, PipelineId},
    names::PipelineNames,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    linked_accounts::{
        session_policy::{Calls, On, SessionPolicy},
        sessions::Session,
        stage_transitions::{StageOfCodePipeline, StageTransitions, close_stages},
    },
    platform::Platform,
    records::{EnvironmentsOfPipelines, Pipelines, environments_by_id},
    step::Step,
};

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloseStagesInput {
    pub pipeline_id: PipelineId,
    pub deployment_id: DeploymentId,
}

/// `$.closed` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    /// The stages of CodePipelines into which the way is closed now.
    pub stages: Vec<StageOfCodePipeline>,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &["codepipeline:DisableStageTransition"],
}];

/// The step with what it works with.
#[derive(Debug)]
pub struct CloseStages<R, T> {
    pub records: R,
    pub platform: Platform,
    pub transitions: T,
}

impl<R: Pipelines + EnvironmentsOfPipelines, T: StageTransitions> Step for CloseStages<R, T> {
    const NAME: &'static str = "CloseStages";
    type Input = CloseStagesInput;
    type Output = Closed;

    async fn run(&self, input: CloseStagesInput, _: OffsetDateTime) -> Result<Closed> {
        let id = &input.pipeline_id;
        let pipeline = self.records.pipeline(id).await?;
        let pipeline = pipeline.ok_or_else(|| Error::not_found("pipeline", id))?;
        let environments = environments_by_id(&self.records, &pipeline.environment_ids()).await?;
        let cicd = environments
            .get(&pipeline.cicd_environment_id)
            .ok_or_else(|| Error::not_found("environment", &pipeline.cicd_environment_id))?;
        let access = self.platform.access(cicd);
        let policy = SessionPolicy::of(
            CALLS,
            &access,
            PipelineNames::of(&self.platform.prefix, &pipeline),
        )?;
        let session = Session::of_deployment(access, &input.deployment_id, policy);
        let mut closed = Vec::new();
        for Withdrawal { stages, reason, .. } in consent::withdrawals(&pipeline, &environments) {
            let of_one = close_stages(&self.transitions, &session, &pipeline, &stages, &reason).await;
            closed.extend(of_one.map_err(|error| session.explain(error))?);
        }
        Ok(Closed { stages: closed })
    }
}
