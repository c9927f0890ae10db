//! `DetectDrift`: looks whether a pipeline that is up to date by its record still is as it was deployed.
//!
//! Stacks and repository must be there and well. The templates of stacks must be those that were deployed last, by their
//! digests on the record; those of a self-mutating pipeline are its developers' to change.

use std::collections::BTreeMap;
use time::OffsetDateTime;

use domain::{
    Error, Result,
    account::Region,
    deployment::Deployment,
    names::PipelineNames,
    pipeline::{Pipeline, PipelineStatus},
    redeployment::Cause,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::decide::RequestDeploymentInput;
use crate::linked_accounts::session_policy::{Calls, On, SessionPolicy};
use crate::{
    linked_accounts::{
        repositories::FindRepository,
        sessions::Session,
        stacks::{CONCURRENT_STACKS, FoundStack, Phase, ReadTemplates, template_digest},
    },
    platform::Platform,
    records::{Deployments, Environments, Pipelines},
    step::Step,
};

/// The step with what it works with.
#[derive(Debug)]
pub struct DetectDrift<R, S, H> {
    /// The platform, as linked accounts know it.
    pub platform: Platform,
    pub records: R,
    pub stacks: S,
    pub repositories: H,
}

/// What the step calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[
    Calls {
        on: On::Stacks,
        actions: &["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
    },
    Calls {
        on: On::Repository,
        actions: &["codecommit:ListTagsForResource"],
    },
];

impl<R, S, H> Step for DetectDrift<R, S, H>
where
    R: Pipelines + Environments + Deployments,
    S: ReadTemplates,
    H: FindRepository,
{
    const NAME: &'static str = "DetectDrift";
    type Input = RequestDeploymentInput;
    type Output = Cause;

    /// : [`Cause::Drifted`] with all that differs, or [`Cause::InSync`].
    async fn run(&self, input: RequestDeploymentInput, _: OffsetDateTime) -> Result<Cause> {
        let Some(pipeline) = self.records.pipeline(&input.pipeline_id).await? else {
            return Ok(Cause::InSync);
        };
        // A deployment that is under way does what is missing.
        let settled = matches!(pipeline.status, PipelineStatus::Deployed | PipelineStatus::Failed);
        if !settled || pipeline.active_deployment.is_some() {
            return Ok(Cause::InSync);
        }
        let look = self.look(&pipeline).await?;
        let mut differences = Vec::from_iter(look.repository().await?);
        let stacks = look.stacks();
        let found: Vec<Option<String>> =
            stream::iter(stacks.iter().map(|(name, region)| look.stack(name, region)))
                .buffered(CONCURRENT_STACKS)
                .try_collect()
                .await?;
        differences.extend(found.into_iter().flatten());
        Ok(if differences.is_empty() {
            Cause::InSync
        } else {
            Cause::Drifted { differences }
        })
    }
}

impl<R, S, H> DetectDrift<R, S, H>
where
    R: Pipelines + Environments + Deployments,
    S: ReadTemplates,
    H: FindRepository,
{
    async fn look<'a>(&'a self, pipeline: &'a Pipeline) -> Result<Look<'a, R, S, H>> {
        let id = &pipeline.cicd_environment_id;
        let cicd = self
            .records
            .environment(id)
            .await?
            .ok_or_else(|| Error::not_found("environment", id))?;
        let last = match &pipeline.last_deployment {
            Some(last) => self.records.deployment(&pipeline.id, &last.id).await?,
            None => None,
        };
        let names = PipelineNames::of(&self.platform.prefix, pipeline);
        let access = self.platform.access(&cicd);
        let policy = SessionPolicy::of(CALLS, &access, names)?;
        Ok(Look {
            step: self,
            pipeline,
            names,
            session: Session::of_drift_detection(access, &pipeline.id, policy),
            last,
        })
    }
}

/// A look at what a pipeline consists of.
struct Look<'a, R, S, H> {
    step: &'a DetectDrift<R, S, H>,
    pipeline: &'a Pipeline,
    names: PipelineNames<'a>,
    session: Session,
    last: Option<Deployment>,
}

impl<R: Sync, S: ReadTemplates, H: FindRepository> Look<'_, R, S, H> {
    async fn repository(&self) -> Result<Option<String>> {
        let name = self.names.repository();
        let found = self.step.repositories.tags_if_there(&self.session, &name).await?;
        Ok(found.is_none().then(|| format!("the repository {name} is gone")))
    }

    /// The CICD stack, and those that the last deployment left beside it.
    fn stacks(&self) -> BTreeMap<String, Region> {
        let beside = self
            .last
            .iter()
            .flat_map(|last| &last.stacks)
            .filter_map(|stack| Some((stack.name.clone(), Region::parse(&*stack.region).ok()?)));
        beside
            .chain([(self.names.stack(), self.pipeline.cicd_region.clone())])
            .collect()
    }

    /// What is wrong with a stack.
    async fn stack(&self, name: &str, region: &Region) -> Result<Option<String>> {
        let found = self.step.stacks.describe(&self.session, region, name).await?;
        let Some(found) = found.filter(|found| found.phase() != Phase::Gone) else {
            return Ok(Some(format!("the stack {name} in {region} is gone")));
        };
        match found.phase() {
            Phase::Broken | Phase::Stuck => {
                let status = &found.status;
                Ok(Some(format!(
                    "the stack {name} in {region} has the status {status}"
                )))
            }
            Phase::Usable if !self.same_template(name, region, &found).await? => Ok(Some(format!(
                "the stack {name} in {region} has another template than the one that was deployed"
            ))),
            // Somebody else is at work on it: the next look tells.
            Phase::Usable | Phase::Busy | Phase::Gone => Ok(None),
        }
    }

    /// Whether a stack has the template that was deployed last, as far as the platform answers for it and knows it.
    async fn same_template(&self, name: &str, region: &Region, found: &FoundStack) -> Result<bool> {
        let Some(deployed) = self.pipeline.deployed_templates.get(name) else {
            return Ok(true);
        };
        if self.pipeline.strategy.updates_itself() {
            return Ok(true);
        }
        let present = self
            .step
            .stacks
            .template(&self.session, region, &found.id)
            .await?;
        Ok(template_digest(&present).as_ref() == Some(deployed))
    }
}
