//! The records, each call of them counted.

use std::collections::BTreeSet;

use application::{
    deployments::list::DeploymentHistory,
    records::{
        CommitPipelines, Deployments, Environments, EnvironmentsOfPipelines, Pipelines,
        idempotency::{Answer, Idempotency, Kept, KeptAnswers},
        listing::Entry,
    },
    workflow::record_deletion::ExpireHistory,
};
use domain::{
    Result,
    deployment::Deployment,
    environment::Environment,
    ids::{DeploymentId, EnvironmentId, PipelineId},
    lifecycle::Transition,
    pipeline::Pipeline,
};
use futures_util::FutureExt as _;
use time::OffsetDateTime;

use super::World;

impl World {
    /// Records the pipeline, its deployments and the environments that it uses.
    pub(crate) fn record(
        &self,
        pipeline: Pipeline,
        deployments: impl IntoIterator<Item = Deployment>,
        environments: Vec<Environment>,
    ) {
        let mut state = self.records.state();
        for deployment in deployments {
            state.deployments.insert(deployment.id.to_string(), deployment);
        }
        for environment in environments {
            let environment = Environment {
                pipeline_count: 1,
                ..environment
            };
            state.environments.insert(environment.id.to_string(), environment);
        }
        state.pipelines.insert(pipeline.id.to_string(), pipeline);
    }

    /// The pipeline's record.
    pub(crate) fn pipeline(&self) -> Pipeline {
        self.records.state().pipelines.values().next().unwrap().clone()
    }

    /// Changes the pipeline's record.
    pub(crate) fn change_pipeline(&self, change: impl FnOnce(&mut Pipeline)) {
        change(self.records.state().pipelines.values_mut().next().unwrap());
    }

    /// The records' answers are there at once.
    fn recorded<T>(&self, operation: &'static str, answer: impl Future<Output = Result<T>>) -> Result<T> {
        self.calls.call(operation, || answer.now_or_never().unwrap())
    }
}

impl Pipelines for &World {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        self.recorded("pipeline", self.records.pipeline(id))
    }
}

impl Deployments for &World {
    async fn deployment(&self, pipeline: &PipelineId, id: &DeploymentId) -> Result<Option<Deployment>> {
        self.recorded("deployment", self.records.deployment(pipeline, id))
    }
}

impl DeploymentHistory for &World {
    async fn deployments(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<Deployment>>> {
        self.recorded("deployments", self.records.deployments(pipeline, after, limit))
    }
}

impl KeptAnswers for &World {
    async fn kept(&self, request: &Idempotency) -> Result<Option<Kept>> {
        self.recorded("kept", self.records.kept(request))
    }
}

impl CommitPipelines for &World {
    async fn commit_pipeline(&self, transition: &Transition, answer: Option<&Answer<'_>>) -> Result<()> {
        self.recorded("commit", self.records.commit_pipeline(transition, answer))
    }
}

impl ExpireHistory for &World {
    async fn expire_history(&self, pipeline: &PipelineId, expires_at: OffsetDateTime) -> Result<()> {
        self.recorded("expire", self.records.expire_history(pipeline, expires_at))
    }
}

impl Environments for &World {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        self.recorded("environment", self.records.environment(id))
    }
}

impl EnvironmentsOfPipelines for &World {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        self.recorded("environments", self.records.environments(ids))
    }
}
