//! `PrepareDeletion`: finds what there is to delete, and freezes it for the steps that follow.

use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

use cicd_template::holds_artifacts;
use domain::{
    Error, Result,
    account::{AccountId, Region},
    environment::Environment,
    ids::EnvironmentId,
    lifecycle::Placement,
    names::PipelineNames,
    pipeline::Pipeline,
    prefix::Prefix,
};

use super::{
    deletion::{ArtifactBucket, DeletionPlan, DeletionSummary, PlannedStack},
    prepare::{PrepareInput, mark_running},
};
use crate::linked_accounts::session_policy::{Calls, On, SessionPolicy};
use crate::{
    artifacts::{WriteArtifacts, put_json},
    deployments::list::DeploymentHistory,
    linked_accounts::{
        sessions::{Access, Session},
        stacks::{DescribeStacks, FoundStack, Phase},
    },
    records::{CommitPipelines, EnvironmentsOfPipelines, environments_by_id},
    step::Step,
};

/// So many of the last deployments tell which stacks the pipeline had.
const DEPLOYMENTS_LOOKED_AT: usize = 50;

/// Looks into CloudFormation stacks in a linked account.
pub trait InspectStacks: DescribeStacks {
    /// The buckets of a stack that is there, or those that a deleted one has left behind.
    fn buckets(
        &self,
        session: &Session,
        region: &Region,
        stack: &FoundStack,
    ) -> impl Future<Output = Result<Vec<StackBucket>>> + Send;
}

/// A bucket that belongs to a stack, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackBucket {
    pub logical_id: String,
    pub name: String,
}

/// The step with what it works with.
#[derive(Debug)]
pub struct PrepareDeletion<R, S, W> {
    /// The platform's prefix.
    pub prefix: Prefix,
    /// The platform's own account.
    pub platform_account_id: AccountId,
    pub records: R,
    pub stacks: S,
    /// Where the plan goes.
    pub artifacts: W,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Stacks,
    actions: &[
        "cloudformation:DescribeStacks",
        "cloudformation:DescribeStackEvents",
        "cloudformation:ListStackResources",
    ],
}];

impl<R, S, W> Step for PrepareDeletion<R, S, W>
where
    R: CommitPipelines + EnvironmentsOfPipelines + DeploymentHistory,
    S: InspectStacks,
    W: WriteArtifacts,
{
    const NAME: &'static str = "PrepareDeletion";
    type Input = PrepareInput;
    type Output = DeletionSummary;

    async fn run(&self, input: PrepareInput, _: OffsetDateTime) -> Result<DeletionSummary> {
        let (pipeline, deployment) = mark_running(&self.records, &input).await?;
        let environments = environments_by_id(&self.records, &pipeline.environment_ids()).await?;
        let cicd = environments
            .get(&pipeline.cicd_environment_id)
            .ok_or_else(|| Error::not_found("environment", &pipeline.cicd_environment_id))?;
        let access = Access::new(&self.prefix, &self.platform_account_id, cicd);
        let names = PipelineNames::of(&self.prefix, &pipeline);
        let policy = SessionPolicy::of(CALLS, &access, names)?;
        let search = Search {
            step: self,
            pipeline: &pipeline,
            session: Session::of_deployment(access.clone(), &deployment.id, policy),
            known: self.known_stacks(&pipeline).await?,
        };
        let Findings {
            cicd_stack,
            support_stacks,
            buckets,
            protected,
        } = search.findings(&environments).await?;
        if !protected.is_empty() {
            return Err(protection(&protected));
        }
        // Without a CICD stack nothing has ever deployed the application.
        let deployed = pipeline.stack_id.is_some() || cicd_stack.is_some();
        let plan = DeletionPlan {
            pipeline_id: pipeline.id.clone(),
            cicd: access,
            target: cicd.target(),
            cicd_stack,
            support_stacks,
            buckets: buckets.into_iter().collect(),
            repository_name: names.repository(),
            orphans: if deployed {
                Placement::of(&self.prefix, &pipeline, &[], &environments).orphans
            } else {
                pipeline.orphans.clone()
            },
        };
        let summary = plan.summary(&deployment.id, deployment.delete_repository.unwrap_or_default());
        put_json(&self.artifacts, &summary.artifacts_prefix.deletion(), &plan).await?;
        Ok(summary)
    }
}

impl<R, S, W> PrepareDeletion<R, S, W>
where
    R: CommitPipelines + EnvironmentsOfPipelines + DeploymentHistory,
    S: InspectStacks,
    W: WriteArtifacts,
{
    /// The ids of the stacks that deployments have left, by name and region: a deleted stack is found by its id only.
    async fn known_stacks(&self, pipeline: &Pipeline) -> Result<KnownStacks> {
        let mut known = KnownStacks::new();
        if let Some(id) = &pipeline.stack_id {
            let names = PipelineNames::of(&self.prefix, pipeline);
            known
                .entry((names.stack(), pipeline.cicd_region.clone()))
                .or_default()
                .insert(id.clone());
        }
        let deployments = self
            .records
            .deployments(&pipeline.id, None, DEPLOYMENTS_LOOKED_AT)
            .await?;
        let records = deployments.into_iter().filter_map(|entry| entry.record);
        for stack in records.flat_map(|deployment| deployment.stacks) {
            if let Ok(region) = Region::parse(stack.region) {
                known
                    .entry((stack.name, region))
                    .or_default()
                    .insert(stack.stack_id);
            }
        }
        Ok(known)
    }
}

/// Ids of stacks, by name and region.
type KnownStacks = BTreeMap<(String, Region), BTreeSet<String>>;

struct Search<'a, R, S, W> {
    step: &'a PrepareDeletion<R, S, W>,
    pipeline: &'a Pipeline,
    session: Session,
    known: KnownStacks,
}

/// What there is.
#[derive(Default)]
struct Findings {
    cicd_stack: Option<PlannedStack>,
    support_stacks: Vec<PlannedStack>,
    buckets: BTreeSet<ArtifactBucket>,
    protected: Vec<PlannedStack>,
}

impl<R: Sync, S: InspectStacks, W: Sync> Search<'_, R, S, W> {
    async fn findings(&self, environments: &BTreeMap<EnvironmentId, Environment>) -> Result<Findings> {
        let names = PipelineNames::of(&self.step.prefix, self.pipeline);
        let cicd_region = &self.pipeline.cicd_region;
        let mut findings = Findings::default();
        findings.cicd_stack = self.stack(&names.stack(), cicd_region, &mut findings).await?;
        // Stages of the past count, too: nobody has deleted what they needed in their regions.
        let stages = self
            .pipeline
            .stages
            .iter()
            .filter_map(|stage| environments.get(&stage.environment_id))
            .map(|environment| &environment.region);
        let past = self.pipeline.orphans.iter().map(|orphan| &orphan.region);
        let known = self.known.keys().map(|(_, region)| region);
        let regions: BTreeSet<&Region> = stages.chain(past).chain(known).collect();
        for region in self.pipeline.strategy.support_regions(cicd_region, regions) {
            let found = self
                .stack(&names.support_stack(region), region, &mut findings)
                .await?;
            findings.support_stacks.extend(found);
        }
        Ok(findings)
    }

    /// The stack `name`, if it is there and the pipeline's; notes the buckets of it and of its predecessors.
    async fn stack(
        &self,
        name: &str,
        region: &Region,
        findings: &mut Findings,
    ) -> Result<Option<PlannedStack>> {
        let stacks = &self.step.stacks;
        let known = self.known.get(&(name.to_owned(), region.clone()));
        let mut planned = None;
        let present = stacks.describe(&self.session, region, name).await?;
        if let Some(found) = present.filter(|found| found.phase() != Phase::Gone) {
            let ours = known.is_some_and(|ids| ids.contains(&found.id))
                || found.made_for_pipelines(&self.session.access);
            if ours {
                self.note_buckets(region, &found, findings).await?;
                let stack = PlannedStack {
                    name: name.to_owned(),
                    region: region.clone(),
                    stack_id: found.id,
                };
                if found.termination_protection {
                    findings.protected.push(stack.clone());
                }
                planned = Some(stack);
            } else {
                tracing::warn!(stack = name, region = %region, "a stack that was not made for the pipeline is left alone");
            }
        }
        for id in known.into_iter().flatten() {
            if planned.as_ref().is_some_and(|stack| stack.stack_id == *id) {
                continue;
            }
            if let Some(gone) = stacks.describe(&self.session, region, id).await? {
                self.note_buckets(region, &gone, findings).await?;
            }
        }
        Ok(planned)
    }

    async fn note_buckets(&self, region: &Region, stack: &FoundStack, findings: &mut Findings) -> Result<()> {
        let buckets = self.step.stacks.buckets(&self.session, region, stack).await?;
        // The CDK and CloudFormation begin the names of buckets with that of the stack.
        let ours = format!("{}-pipeline-", self.step.prefix);
        for StackBucket { logical_id, name } in buckets {
            if holds_artifacts(self.pipeline.strategy, &logical_id) && name.starts_with(&ours) {
                findings.buckets.insert(ArtifactBucket {
                    name,
                    region: region.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The error for stacks that are protected against being deleted.
fn protection(stacks: &[PlannedStack]) -> Error {
    let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
    let commands: Vec<_> = stacks
        .iter()
        .map(|stack| crate::linked_accounts::stacks::unprotect_command(&stack.name, &stack.region))
        .collect();
    Error::StackProtected {
        stack: names.join(", "),
        command: commands.join("\n"),
    }
}
