//! `RenderRepository`: writes the repository's files and the stacks' templates to the artifacts bucket.

use domain::{Result, account::Region, ids::DeploymentId, names::PipelineNames};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::plan::PlanSummary;
use crate::{
    artifacts::{ReadArtifacts, WriteArtifacts, put_json},
    linked_accounts::stacks::template_digest,
    step::Step,
};

/// At most so many artifacts are written at once.
const CONCURRENT_WRITES: usize = 8;

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenderRepositoryInput {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// What `Prepare` answered.
    pub plan: PlanSummary,
}

/// `$.rendered` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rendered {
    /// The repository.
    pub repository_name: String,
    /// SHA-256 of its files, in hexadecimal.
    pub digest: String,
    /// How many files it has.
    pub files: usize,
    /// The stacks in an order in which they can be created: the CICD stack is the last.
    pub stacks: Vec<RenderedStack>,
}

/// A stack whose template lies in the artifacts bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenderedStack {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: Region,
    /// The size of its template.
    pub bytes: usize,
    /// The digest of its template. Executions that began before there were any have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Rendered {
    /// The stacks that may be deployed at once, wave after wave: the support stacks of other regions, then the CICD
    /// stack, whose pipeline refers to their buckets.
    #[must_use]
    pub fn waves(&self) -> Vec<&[RenderedStack]> {
        let (support, cicd) = self.stacks.split_at(self.stacks.len().saturating_sub(1));
        [support, cicd]
            .into_iter()
            .filter(|wave| !wave.is_empty())
            .collect()
    }
}

/// The step with what it works with.
#[derive(Debug)]
pub struct RenderRepository<A> {
    /// The artifacts bucket.
    pub artifacts: A,
}

impl<A: ReadArtifacts + WriteArtifacts> Step for RenderRepository<A> {
    const NAME: &'static str = "RenderRepository";
    type Input = RenderRepositoryInput;
    type Output = Rendered;

    async fn run(&self, input: RenderRepositoryInput, _: OffsetDateTime) -> Result<Rendered> {
        let prefix = &input.plan.artifacts_prefix;
        let blueprint = input.plan.plan(&self.artifacts).await?.blueprint;
        let repository = rendering::repository(&blueprint)?;
        let stacks: Vec<_> = cicd_template::stacks(&blueprint)?.in_order().cloned().collect();
        let rendered = Rendered {
            repository_name: PipelineNames::from(&blueprint).repository(),
            digest: repository.digest(),
            files: repository.files().len(),
            stacks: stacks
                .iter()
                .map(|stack| RenderedStack {
                    name: stack.name.clone(),
                    region: stack.region.clone(),
                    bytes: stack.template.len(),
                    digest: template_digest(&stack.template),
                })
                .collect(),
        };
        put_json(&self.artifacts, &prefix.repository(), &repository).await?;
        let writes = stacks.into_iter().map(async |stack| {
            self.artifacts
                .put(&prefix.template(&stack.name), stack.template.into_bytes())
                .await
        });
        stream::iter(writes)
            .buffered(CONCURRENT_WRITES)
            .try_collect::<()>()
            .await?;
        Ok(rendered)
    }
}
