//! What goes through the state machine.

use application::workflow::{
    accounts::{Access, Session},
    check_stack, commit_repository, deploy_stack,
    plan::PlanSummary,
    prepare, render_repository,
    stacks::{Request, StackProgress},
    start_pipelines,
};
use domain::{account::AccountId, deployment::DeploymentId, environment::EnvironmentId, names::Prefix};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::environment;

fn is_known<T: serde::de::DeserializeOwned + serde::Serialize>(payload: &Value) {
    let read: T = serde_json::from_value(payload.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), *payload);
    let mut more = payload.clone();
    more["surprise"] = json!(true);
    assert!(serde_json::from_value::<T>(more).is_err());
}

#[test]
fn steps_take_what_the_state_machine_gives_and_nothing_else() {
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
    is_known::<prepare::Input>(
        &json!({"pipelineId": "k3j9x0ab", "pipelineName": "sales", "revision": 1,
        "deploymentId": deployment, "executionArn": "arn:aws:states:…", "startedAt": "2026-11-22T10:00:00.123Z"}),
    );
    let both = json!({"deploymentId": deployment, "plan": plan});
    is_known::<render_repository::Input>(&both);
    is_known::<commit_repository::Input>(&both);
    is_known::<deploy_stack::Input>(
        &json!({"deploymentId": deployment, "plan": plan, "rendered": rendered,
        "startedAt": "2026-11-22T10:00:00Z"}),
    );
    let waiting = json!({"progress": "WAITING_FOR_RUN", "wave": 1, "stacks": []});
    is_known::<StackProgress>(&waiting);
    is_known::<start_pipelines::Input>(&json!({"deploymentId": deployment, "plan": plan,
        "commit": {"repositoryName": "r", "branch": "main", "commitId": "c", "changed": true},
        "stack": stack, "startedAt": "2026-11-22T10:00:00Z"}));
    is_known::<check_stack::Input>(
        &json!({"deploymentId": deployment, "plan": plan, "rendered": rendered,
        "stack": stack, "startedAt": "2026-11-22T10:00:00Z"}),
    );
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
    let input: deploy_stack::Input = serde_json::from_value(older).unwrap();
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
        let access = Access::new(&Prefix::parse(prefix).unwrap(), &platform, &environment);
        let names = [Session::of_deployment(access.clone(), &deployment).name, Session::of_verification(access).name];
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
