//! What goes through the state machine.

use application::{
    artifacts::ArtifactsPrefix,
    deployments::start::WorkflowInput,
    linked_accounts::{
        session_policy::SessionPolicy,
        sessions::{Access, Session},
        stacks::{Request, StackProgress},
    },
    redeployments::RedeploymentInput,
    workflow::{
        check_stack, commit_repository,
        deletion::{DeletionPlan, StackDeletion},
        deploy_stack,
        plan::{Plan, PlanSummary},
        prepare, render_repository, start_pipelines,
    },
};
use domain::{
    account::AccountId,
    ids::{DeploymentId, EnvironmentId},
    prefix::Prefix,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    fixtures::{self, environment},
    world::World,
};

/// Objects that are maps, named by data, or choices with one member, named by the choice.
const MAPS: [&str; 4] = ["environments", "tags", "branches", "target"];

/// The payload as a later version of the platform may write it: with a member more in every object.
fn of_a_later_version(payload: &Value) -> Value {
    match payload {
        Value::Object(members) => {
            let with = |(name, value): (&String, &Value)| {
                let value = match value {
                    Value::Object(entries) if MAPS.contains(&name.as_str()) => {
                        let entries = entries.iter();
                        entries
                            .map(|(key, entry)| (key.clone(), of_a_later_version(entry)))
                            .collect()
                    }
                    value => of_a_later_version(value),
                };
                (name.clone(), value)
            };
            let surprise = ("surprise".to_owned(), json!({"of": "a later version"}));
            Value::Object(members.iter().map(with).chain([surprise]).collect())
        }
        Value::Array(elements) => elements.iter().map(of_a_later_version).collect(),
        scalar => scalar.clone(),
    }
}

/// The payload is read completely, and members that a later version adds do no harm.
fn is_known<T: serde::de::DeserializeOwned + serde::Serialize>(payload: &Value) {
    for read in [payload.clone(), of_a_later_version(payload)] {
        let read: T = serde_json::from_value(read).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), *payload);
    }
}

#[test]
fn steps_take_what_the_state_machine_gives_of_this_version_and_a_later_one() {
    let deployment = "01k9v3xv0m0000000000000001";
    let plan = json!({"pipelineId": "k3j9x0ab", "cicdAccountId": "011111111111", "cicdRegion": "eu-west-1",
        "strategy": "cdk-trunk", "stages": ["dev"],
        "environments": {"env-cicd0001": {"permissionsBoundary": "bounds/all", "bootstrapQualifier": "hnb659fds"}},
        "artifactsPrefix": format!("deployments/{deployment}")});
    let announced = json!({"version": "1", "pipelineId": "k3j9x0ab", "pipelineName": "sales", "team": "research",
        "strategy": "cdk-trunk", "deploymentId": deployment, "operation": "DEPLOY", "revision": 1,
        "requestedBy": "alice", "requestId": "r-1", "executionArn": "arn:aws:states:…", "startedAt": "2026-11-22T10:00:00Z"});
    let mut announcing = plan.clone();
    announcing["event"] = announced;
    is_known::<PlanSummary>(&announcing);
    let rendered = json!({"repositoryName": "dataall-sales-k3j9x0ab", "digest": "ab", "files": 9,
        "stacks": [{"name": "dataall-pipeline-sales-k3j9x0ab", "region": "eu-west-1", "bytes": 21600}]});
    let stack = json!({"progress": "IN_PROGRESS", "wave": 1, "stacks": [{"name": "dataall-pipeline-sales-k3j9x0ab",
        "region": "eu-west-1", "stackId": "arn:aws:cloudformation:…", "action": "CREATED"}]});
    is_known::<prepare::PrepareInput>(
        &json!({"pipelineId": "k3j9x0ab", "pipelineName": "sales", "revision": 1,
        "deploymentId": deployment, "executionArn": "arn:aws:states:…", "startedAt": "2026-11-22T10:00:00.123Z"}),
    );
    let both = json!({"deploymentId": deployment, "plan": plan});
    is_known::<render_repository::RenderRepositoryInput>(&both);
    is_known::<commit_repository::CommitRepositoryInput>(&both);
    is_known::<deploy_stack::DeployStackInput>(
        &json!({"deploymentId": deployment, "plan": plan, "rendered": rendered,
        "startedAt": "2026-11-22T10:00:00Z"}),
    );
    let waiting = json!({"progress": "WAITING_FOR_RUN", "wave": 1, "stacks": []});
    is_known::<StackProgress>(&waiting);
    is_known::<start_pipelines::StartPipelinesInput>(&json!({"deploymentId": deployment, "plan": plan,
        "commit": {"repositoryName": "r", "branch": "main", "commitId": "c", "changed": true},
        "stack": stack, "startedAt": "2026-11-22T10:00:00Z"}));
    is_known::<check_stack::CheckStackInput>(
        &json!({"deploymentId": deployment, "plan": plan, "rendered": rendered,
        "stack": stack, "startedAt": "2026-11-22T10:00:00Z"}),
    );
}

#[tokio::test]
async fn what_steps_leave_for_each_other_may_be_of_a_later_version() {
    let world = World::default();
    let deployment = fixtures::deployment();
    let (summary, rendered) = fixtures::rendered(&world, &deployment).await;
    let key = ArtifactsPrefix::of(&deployment).plan();
    let plan: Value = serde_json::from_slice(&world.state().artifacts[&key]).unwrap();
    is_known::<Plan>(&plan);
    is_known::<PlanSummary>(&serde_json::to_value(summary).unwrap());
    is_known::<render_repository::Rendered>(&serde_json::to_value(rendered).unwrap());
    let deletion = json!({
        "pipelineId": "k3j9x0ab", "cicd": plan["cicd"], "target": {"accountId": "111111111111", "region": "eu-west-1",
        "bootstrapQualifier": "hnb659fds"}, "cicdStack": {"name": "s", "region": "eu-west-1", "stackId": "arn:stack"},
        "supportStacks": [], "buckets": [{"name": "b", "region": "eu-west-1"}], "repositoryName": "r",
        "orphans": [{"stage": "dev", "accountId": "222222222222", "region": "eu-west-1", "stackName": "s"}],
    });
    is_known::<DeletionPlan>(&deletion);
    let stack = json!({"progress": "IN_PROGRESS", "wave": 1, "stacks": [
        {"name": "s", "region": "eu-west-1", "stackId": "arn:stack", "action": "DELETING"}]});
    is_known::<StackDeletion>(&stack);
}

#[test]
fn executions_are_started_for_this_version_and_a_later_one() {
    is_known::<WorkflowInput>(
        &json!({"operation": "DEPLOY", "pipelineId": "k3j9x0ab", "pipelineName": "sales",
        "revision": 1, "deploymentId": "01k9v3xv0m0000000000000001", "requestId": "r-1"}),
    );
    is_known::<RedeploymentInput>(&json!({"redeploymentId": "6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b",
        "target": {"all": true}, "cause": {"kind": "REQUESTED"}, "requestedBy": "alice",
        "requestedAt": "2026-11-22T10:00:00Z"}));
}

/// An execution keeps the state machine that it began with, and calls the newest functions.
#[test]
fn executions_of_an_older_platform_do_not_tell_when_they_began() {
    let deployment = "01k9v3xv0m0000000000000001";
    let plan = json!({"pipelineId": "k3j9x0ab", "cicdAccountId": "011111111111", "cicdRegion": "eu-west-1",
        "strategy": "trunk", "stages": ["dev"], "environments": {},
        "artifactsPrefix": format!("deployments/{deployment}")});
    let older = json!({"deploymentId": deployment, "plan": plan,
        "rendered": {"repositoryName": "r", "digest": "d", "files": 1, "stacks": []}});
    let input: deploy_stack::DeployStackInput = serde_json::from_value(older).unwrap();
    assert_eq!(input.started_at, None);
}

proptest! {
    #[test]
    fn session_names_and_tokens_are_what_sts_and_cloudformation_take(
        prefix in "[a-z][a-z0-9]{1,11}",
        environment_id in "env-[a-z][a-z0-9]{7}",
        deployment in "[0-9a-hjkmnp-tv-z]{26}",
    ) {
        let mut environment = environment("env-cicd0001", "111111111111", "eu-west-1");
        environment.id = EnvironmentId::parse(environment_id).unwrap();
        let deployment = DeploymentId::parse(deployment).unwrap();
        let platform = AccountId::parse("000000000000").unwrap();
        let nothing = SessionPolicy::nothing;
        let access = Access::new(&Prefix::parse(prefix).unwrap(), &platform, &environment);
        let names = [Session::of_deployment(access.clone(), &deployment, nothing()).name, Session::of_verification(access, nothing()).name];
        for name in names {
            prop_assert!((2..=64).contains(&name.len()));
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)));
        }
        for request in [Request::Create, Request::Update, Request::Delete, Request::ContinueRollback] {
            let token = request.token(&deployment);
            prop_assert!(token.len() <= 128 && token.starts_with(|c: char| c.is_ascii_alphanumeric()));
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        }
    }
}
