//! What a deployment works with, frozen by its first step.

use std::collections::BTreeMap;

use domain::{
    Result,
    account::{AccountId, Region},
    blueprint::Blueprint,
    environment::{DeployedSettings, Environment},
    event::DeploymentStarted,
    ids::{DeploymentId, EnvironmentId, PipelineId, StageName},
    names::PipelineNames,
    pipeline::Pipeline,
    prefix::Prefix,
    revision::Revision,
    strategy::Strategy,
};
use serde::{Deserialize, Serialize};

use crate::{
    artifacts::{ArtifactsPrefix, ReadArtifacts, get_json},
    blueprint,
    linked_accounts::{
        session_policy::{Calls, SessionPolicy},
        sessions::{Access, Session},
    },
    records::EnvironmentsById,
};

/// The resolved pipeline and the way into its CICD account. Later changes of the records do not reach a deployment
/// that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The pipeline with its environments resolved.
    pub blueprint: Blueprint,
    /// The way into the CICD account.
    pub cicd: Access,
    /// The revision of the pipeline's record that this is.
    pub revision: Revision,
    /// Whether the platform has closed the way into stages, which this deployment opens again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stages_closed: bool,
}

impl Plan {
    /// What a deployment of `pipeline`, which uses these environments, would work with.
    pub(crate) fn of(
        prefix: &Prefix,
        platform_account_id: &AccountId,
        pipeline: &Pipeline,
        environments: &EnvironmentsById,
    ) -> Result<Self> {
        let cicd = blueprint::find(environments, &pipeline.cicd_environment_id)?;
        Ok(Self {
            blueprint: blueprint::blueprint(prefix, pipeline, environments)?,
            cicd: Access::new(prefix, platform_account_id, cicd),
            revision: pipeline.revision,
            stages_closed: pipeline.stages_closed,
        })
    }

    /// The way into one of the pipeline's environments.
    pub(crate) fn access(&self, environment: &Environment) -> Access {
        Access::new(&self.cicd.prefix, &self.cicd.platform_account_id, environment)
    }

    /// For `calls` in the CICD account on behalf of `deployment`.
    pub(crate) fn cicd_session(&self, deployment: &DeploymentId, calls: &[Calls]) -> Result<Session> {
        let policy = SessionPolicy::of(calls, &self.cicd, PipelineNames::from(&self.blueprint))?;
        Ok(Session::of_deployment(self.cicd.clone(), deployment, policy))
    }

    /// What the state machine's execution carries of the plan, and of the environments whose settings went into it.
    #[must_use]
    pub fn summary<'e>(
        &self,
        deployment: &DeploymentId,
        environments: impl IntoIterator<Item = &'e Environment>,
    ) -> PlanSummary {
        let Blueprint {
            id,
            cicd,
            strategy,
            stages,
            ..
        } = &self.blueprint;
        PlanSummary {
            pipeline_id: id.clone(),
            cicd_account_id: cicd.account_id.clone(),
            cicd_region: cicd.region.clone(),
            strategy: *strategy,
            stages: stages.iter().map(|stage| stage.name.clone()).collect(),
            environments: environments
                .into_iter()
                .map(|environment| (environment.id.clone(), environment.deployed_settings()))
                .collect(),
            stages_closed: self.stages_closed,
            artifacts_prefix: ArtifactsPrefix::of(deployment),
            event: None,
        }
    }
}

/// `$.plan` in the state machine: what a person wants to see in its console, and where the [`Plan`] lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    pub pipeline_id: PipelineId,
    /// Where repository and CICD stack go.
    pub cicd_account_id: AccountId,
    /// Where repository and CICD stack go.
    pub cicd_region: Region,
    /// How the pipeline delivers.
    pub strategy: Strategy,
    /// Its stages, in order.
    pub stages: Vec<StageName>,
    /// The settings of the environments, for the pipeline's record. Executions that began before there were any have none.
    #[serde(default)]
    pub environments: BTreeMap<EnvironmentId, DeployedSettings>,
    /// Whether the way into stages was closed, which is to be opened again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stages_closed: bool,
    /// Where the deployment's artifacts lie.
    pub artifacts_prefix: ArtifactsPrefix,
    /// What the workflow announces when the deployment has begun. Executions that began before it did have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<DeploymentStarted>,
}

impl PlanSummary {
    /// Reads the plan.
    pub async fn plan(&self, artifacts: &impl ReadArtifacts) -> Result<Plan> {
        get_json(artifacts, &self.artifacts_prefix.plan()).await
    }
}
