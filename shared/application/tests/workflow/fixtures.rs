//! A pipeline of three accounts.

use application::{
    artifacts::{ArtifactsPrefix, put_json},
    step::Step as _,
    workflow::{
        plan::{Plan, PlanSummary},
        prepare,
        render_repository::{self, RenderRepository, Rendered},
    },
};
use domain::{environment::Environment, ids::DeploymentId, pipeline::Pipeline};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use crate::world::World;

pub(crate) const CICD: &str = "111111111111";
pub(crate) const DEV: &str = "222222222222";
pub(crate) const PROD: &str = "333333333333";

pub(crate) fn deployment() -> DeploymentId {
    DeploymentId::parse("01k9v3xv0m0000000000000001").unwrap()
}

pub(crate) fn later_deployment() -> DeploymentId {
    DeploymentId::parse("01k9v3xv0m0000000000000002").unwrap()
}

pub(crate) fn environment(id: &str, account: &str, region: &str) -> Environment {
    serde_json::from_value(json!({
        "id": id, "label": id, "accountId": account, "region": region, "team": "research",
        "externalId": "3b1f8c1e-2f5a-4f0e-9f8e-0d3c5a7b9e11", "status": "READY", "revision": 1, "owner": "alice",
        "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap()
}

pub(crate) fn environments() -> Vec<Environment> {
    vec![
        environment("env-cicd0001", CICD, "eu-west-1"),
        environment("env-dev00001", DEV, "eu-west-1"),
        environment("env-prod0001", PROD, "us-east-1"),
    ]
}

pub(crate) fn pipeline_with(strategy: &str) -> Pipeline {
    let stage = |name: &str, environment: &str, approval: bool| -> Value {
        json!({"name": name, "environmentId": environment, "manualApproval": approval})
    };
    serde_json::from_value(json!({
        "id": "k3j9x0ab", "name": "sales", "description": "Sales' \"ingestion\"", "tags": {"cost-center": "42"},
        "team": "research", "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": CICD, "cicdRegion": "eu-west-1",
        "cicdTeam": "research", "strategy": strategy,
        "stages": [stage("dev", "env-dev00001", false), stage("prod", "env-prod0001", true)],
        "status": "DEPLOYING", "revision": 1, "activeDeployment": deployment(), "owner": "alice",
        "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap()
}

pub(crate) fn pipeline() -> Pipeline {
    pipeline_with("cdk-trunk")
}

pub(crate) fn prepare_input() -> prepare::PrepareInput {
    let pipeline = pipeline();
    prepare::PrepareInput {
        pipeline_id: pipeline.id,
        pipeline_name: pipeline.name,
        revision: pipeline.revision,
        deployment_id: deployment(),
        execution_arn: "arn:aws:states:eu-west-1:000000000000:execution:deploy:sales".to_owned(),
        started_at: datetime!(2026-11-22 10:00 UTC),
    }
}

/// What `Prepare` and `RenderRepository` leave behind in a world without faults.
pub(crate) async fn rendered(world: &World, deployment: &DeploymentId) -> (PlanSummary, Rendered) {
    rendered_after(world, deployment, |_| ()).await
}

/// The same for a pipeline with a change.
pub(crate) async fn rendered_after(
    world: &World,
    deployment: &DeploymentId,
    change: impl FnOnce(&mut Plan),
) -> (PlanSummary, Rendered) {
    let prefix = ArtifactsPrefix::of(deployment);
    let mut plan: Plan = serde_json::from_value(json!({
        "blueprint": {
            "prefix": "dataall", "id": "k3j9x0ab", "name": "sales", "description": "Sales", "tags": {"cost-center": "42"},
            "team": "research", "strategy": "cdk-trunk",
            "cicd": {"accountId": CICD, "region": "eu-west-1"},
            "stages": [
                {"name": "dev", "accountId": DEV, "region": "eu-central-1", "team": "research", "manualApproval": false},
                {"name": "prod", "accountId": PROD, "region": "us-east-1", "team": "research", "manualApproval": true},
            ],
        },
        "cicd": {
            "prefix": "dataall", "platformAccountId": "000000000000", "environmentId": "env-cicd0001",
            "accountId": CICD, "region": "eu-west-1", "externalId": "3b1f8c1e-2f5a-4f0e-9f8e-0d3c5a7b9e11",
        },
        "revision": 1,
    }))
    .unwrap();
    change(&mut plan);
    put_json(&world, &prefix.plan(), &plan).await.unwrap();
    let summary = plan.summary(deployment, &environments());
    let input = render_repository::RenderRepositoryInput {
        deployment_id: deployment.clone(),
        plan: summary.clone(),
    };
    let rendered = RenderRepository { artifacts: world }
        .run(input, OffsetDateTime::UNIX_EPOCH)
        .await
        .unwrap();
    world.calls.forget();
    (summary, rendered)
}
