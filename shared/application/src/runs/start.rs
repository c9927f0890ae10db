//! Starting a run.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Error, Pointer, Problems, Result, consent,
    ids::{PipelineId, StageName},
    input::{FromInput, Members},
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus},
    strategy::CodePipeline,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Scope, not_deployed};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    linked_accounts::sessions::Session,
    platform::Platform,
    records::{
        EnvironmentsOfPipelines, Pipelines,
        idempotency::{Idempotency, KeepAnswers, once},
    },
};

/// Starts runs.
pub trait StartRuns: Sync {
    /// Starts the CodePipeline `name`: the id of the run; none if there is no such CodePipeline. The same `token` again is the
    /// same run.
    fn start_run(
        &self,
        session: &Session,
        name: &str,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// Which CodePipeline is to be started.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug, Default)]
pub struct StartRun {
    /// The stage whose CodePipeline is started. In gitflow each stage has its own, and you must name it; in the other
    /// strategies one delivers all stages, the first one first.
    pub stage: Option<StageName>,
}

impl FromInput for StartRun {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let stage = members.optional("stage", problems);
        members.finish(problems);
        Some(Self { stage: stage? })
    }
}

/// A run that was started.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartedRun {
    /// Its id.
    pub run_id: String,
    /// The CodePipeline.
    pub code_pipeline: String,
    /// The branch that it delivers.
    pub branch: String,
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::CodePipelines,
    actions: &["codepipeline:StartPipelineExecution"],
}];

/// Starts a run of the pipeline `id`.
pub async fn start(
    store: &(impl Pipelines + EnvironmentsOfPipelines + KeepAnswers),
    runs: &impl StartRuns,
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
    wanted: StartRun,
    request: Option<&Idempotency>,
) -> Result<StartedRun> {
    let scope = Scope::of_operator(store, platform, caller, id, CALLS).await?;
    once(store, request, async || {
        if scope.pipeline.status == PipelineStatus::Deleting {
            return Err(Error::Conflict(format!("the pipeline {id} is being deleted")));
        }
        consent::check(&scope.pipeline, &scope.environments)?;
        let CodePipeline { name, branch, .. } = chosen(&scope, wanted.stage)?;
        let token = request.map(token);
        let started = runs
            .start_run(&scope.session, &name, token.as_deref())
            .await
            .map_err(|error| scope.session.explain(error))?;
        Ok(StartedRun {
            run_id: started.ok_or_else(|| not_deployed(&name))?,
            code_pipeline: name,
            branch,
        })
    })
    .await
}

fn chosen(scope: &Scope, stage: Option<StageName>) -> Result<CodePipeline> {
    let Pipeline { strategy, stages, .. } = &scope.pipeline;
    let at = Pointer::root().child("stage");
    let stage = match stage {
        Some(wanted) => stages
            .iter()
            .find(|stage| stage.name == wanted)
            .ok_or_else(|| Problems::one(&at, format!("the pipeline has no stage {:?}", wanted.as_str())))?,
        None if strategy.has_code_pipeline_for_each_stage() => {
            let detail = format!("is required: in {strategy} each stage has a CodePipeline");
            return Err(Problems::one(&at, detail).into());
        }
        None => stages
            .first()
            .ok_or_else(|| Error::Internal("a pipeline has no stages".to_owned()))?,
    };
    Ok(scope.code_pipeline(&stage.name))
}

/// What CodePipeline knows a repeated request by: letters, digits and hyphens.
fn token(request: &Idempotency) -> String {
    let Idempotency {
        owner,
        operation,
        key,
        fingerprint,
    } = request;
    let hash = Sha256::digest(format!("{owner}\n{operation}\n{key}\n{fingerprint}"));
    URL_SAFE_NO_PAD.encode(hash).replace('_', "-")
}
