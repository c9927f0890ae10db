//! What is done with each of a redeployment's pipelines.

use application::{
    deployments::redeploy::redeploy,
    redeployments::decide::{Action, Decision, Facts, RequestDeployment, RequestDeploymentInput, decide},
    step::Step as _,
    workflow::record_outcome::RecordOutcomeInput,
};
use domain::{
    Result,
    deployment::{Deployment, DeploymentStatus, StackAction, StackOutcome},
    environment::Environment,
    ids::DeploymentId,
    pipeline::{Pipeline, PipelineStatus},
    redeployment::Cause,
    revision::Revision,
    team::Username,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{
    support::{Machine, Records, caller, record_failure, record_success},
    world::NOW,
};

const CICD: &str = "111111111111";

fn environment(id: &str) -> Environment {
    serde_json::from_value(json!({
        "id": id, "label": id, "accountId": CICD, "region": "eu-west-1", "team": "research",
        "externalId": "3b1f8c1e-2f5a-4f0e-9f8e-0d3c5a7b9e11", "status": "READY", "revision": 1, "owner": "alice",
        "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap()
}

fn environments() -> [Environment; 2] {
    ["env-cicd0001", "env-dev00001"].map(environment)
}

/// A pipeline whose revision 3 is deployed.
fn pipeline() -> Pipeline {
    serde_json::from_value(json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": CICD, "cicdRegion": "eu-west-1", "cicdTeam": "research",
        "strategy": "trunk", "stages": [{"name": "dev", "environmentId": "env-dev00001", "manualApproval": false}],
        "status": "DEPLOYED", "revision": 3, "deployedRevision": 3, "stackId": "arn:of:the:stack", "owner": "alice",
        "deployedWith": {"env-cicd0001": {"bootstrapQualifier": "hnb659fds"},
                         "env-dev00001": {"bootstrapQualifier": "hnb659fds"}},
        "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap()
}

fn deployment(revision: u32) -> Deployment {
    Deployment::queued(
        DeploymentId::parse("01k9v3xv0m0000000000000001").unwrap(),
        pipeline().id,
        Revision(revision),
        Username::parse("bob").unwrap(),
        NOW,
    )
}

fn stack_deleted(stack: &str, account: &str) -> Cause {
    serde_json::from_value(json!({"kind": "STACK_DELETED", "stackId": stack, "accountId": account})).unwrap()
}

fn environment_changed() -> Cause {
    serde_json::from_value(json!({"kind": "ENVIRONMENT_CHANGED", "environmentId": "env-dev00001"})).unwrap()
}

/// What a situation differs in from that of a pipeline which is up to date.
type Change = fn(&mut Pipeline, &mut [Environment; 2], &mut Option<Deployment>);

#[test]
fn what_is_done_follows_from_what_is_and_what_is_wanted() {
    const fn action(letter: u8) -> Action {
        match letter {
            b'D' => Action::Deploy,
            b'W' => Action::Wait,
            b'C' => Action::CheckDrift,
            _ => Action::Nothing,
        }
    }
    let causes = [
        Cause::Requested,
        Cause::Drifted {
            differences: vec!["the repository is gone".to_owned()],
        },
        Cause::InSync,
        environment_changed(),
        Cause::Scheduled,
        stack_deleted("arn:of:the:stack", CICD),
        stack_deleted("arn:of:a:former:stack", CICD),
        stack_deleted("arn:of:the:stack", "222222222222"),
    ];
    // For each cause: deploy, wait, check for drift, or nothing (-).
    let situations: [(&str, Change, &[u8; 8]); 11] = [
        ("it is up to date", |_, _, _| (), b"DD--CD--"),
        (
            "its last deployment failed, its revision is deployed",
            |p, _, _| p.status = PipelineStatus::Failed,
            b"DD--CD--",
        ),
        (
            "another revision is deployed",
            |p, _, _| p.revision = Revision(4),
            b"DD-DDD--",
        ),
        (
            "nothing is deployed",
            |p, _, _| {
                p.deployed_revision = None;
                p.deployed_with.clear();
                p.stack_id = None;
            },
            b"DD-DD---",
        ),
        (
            "an environment is bounded by now",
            |_, e, _| {
                e[1].permissions_boundary = Some("bounds/all".parse().unwrap());
            },
            b"DD-DDD--",
        ),
        (
            "the CICD account has another bootstrap",
            |_, e, _| {
                e[0].bootstrap_qualifier = "team42".parse().unwrap();
            },
            b"DD-DDD--",
        ),
        (
            "with what it was deployed was not written down",
            |p, _, _| p.deployed_with.clear(),
            b"DD-DCD--",
        ),
        (
            "its revision is being deployed",
            |_, _, d| *d = Some(deployment(3)),
            b"-WWWWWWW",
        ),
        (
            "a former revision is being deployed",
            |_, _, d| *d = Some(deployment(2)),
            b"WWWWWWWW",
        ),
        (
            "it is being deleted",
            |p, _, d| {
                p.status = PipelineStatus::Deleting;
                *d = Some(deployment(3).deleting(false));
            },
            b"--------",
        ),
        (
            "it is gone",
            |p, _, _| p.status = PipelineStatus::Deleted,
            b"--------",
        ),
    ];
    for (situation, change, actions) in situations {
        let (mut pipeline, mut environments, mut under_way) = (pipeline(), environments(), None);
        change(&mut pipeline, &mut environments, &mut under_way);
        for (cause, letter) in causes.iter().zip(actions) {
            let facts = Facts {
                pipeline: &pipeline,
                under_way: under_way.as_ref(),
                environments: &environments,
                stacks: &[],
            };
            assert_eq!(decide(cause, &facts).0, action(*letter), "{situation}; {cause:?}");
        }
    }
}

#[test]
fn a_support_stack_of_the_last_deployment_counts_too() {
    let stacks = [StackOutcome {
        name: "dataall-pipeline-sales-k3j9x0ab-support-us-east-1".to_owned(),
        region: "us-east-1".to_owned(),
        stack_id: "arn:of:a:support:stack".to_owned(),
        action: StackAction::Created,
    }];
    let pipeline = pipeline();
    let facts = Facts {
        pipeline: &pipeline,
        under_way: None,
        environments: &[],
        stacks: &stacks,
    };
    let cause = stack_deleted("arn:of:a:support:stack", CICD);
    assert_eq!(decide(&cause, &facts).0, Action::Deploy);
}

/// The records of the pipeline and its environments, and the step.
struct Scene {
    records: Records,
    machine: Machine,
    now: OffsetDateTime,
}

impl Scene {
    fn new() -> Self {
        let records = Records::default();
        {
            let mut state = records.state();
            for environment in environments() {
                state.environments.insert(environment.id.to_string(), environment);
            }
            let pipeline = pipeline();
            state.pipelines.insert(pipeline.id.to_string(), pipeline);
        }
        Self {
            records,
            machine: Machine::default(),
            now: NOW,
        }
    }

    async fn step(&self, cause: Cause) -> Result<Decision> {
        let step = RequestDeployment {
            records: &self.records,
            executions: &self.machine,
        };
        let input = json!({
            "redeploymentId": "6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b", "cause": cause, "requestedBy": "alice",
            "requestedAt": "2026-11-22T10:00:00Z", "pipelineId": "k3j9x0ab",
        });
        let input: RequestDeploymentInput = serde_json::from_value(input).unwrap();
        step.run(input, self.now).await
    }

    async fn action(&self, cause: Cause) -> Action {
        self.step(cause).await.unwrap().action
    }

    fn present(&self) -> Pipeline {
        self.records.state().pipelines["k3j9x0ab"].clone()
    }

    fn deployments(&self) -> Vec<Deployment> {
        self.records.state().deployments.values().cloned().collect()
    }

    /// The execution of the deployment that holds the pipeline begins.
    fn begin(&self) {
        let active = self.present().active_deployment.unwrap();
        let mut state = self.records.state();
        state.deployments.get_mut(active.as_str()).unwrap().status = DeploymentStatus::Running;
    }

    /// The deployment that holds the pipeline ends.
    async fn end(&self, failure: Option<&str>) {
        let mut state =
            json!({"pipelineId": "k3j9x0ab", "deploymentId": self.present().active_deployment.unwrap()});
        if let Some(error) = failure {
            state["failure"] = json!({"Error": error, "Cause": "the reason"});
        }
        let input = json!({"executionArn": "arn:e", "state": state});
        let input: RecordOutcomeInput = serde_json::from_value(input).unwrap();
        let records = &self.records;
        if failure.is_some() {
            record_failure(records, input, NOW).await.unwrap();
        } else {
            record_success(records, input, NOW).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_deployment_is_recorded_once_however_often_it_is_asked_for() {
    let scene = Scene::new();
    scene.records.state().lose_next_answer = true;
    let lost = scene.step(Cause::Requested).await.unwrap_err();
    assert!(lost.retryable());
    let first = scene.step(Cause::Requested).await.unwrap();
    assert_eq!(first.action, Action::Deploy);
    assert_eq!(
        scene.step(Cause::Requested).await.unwrap(),
        first,
        "the same execution to follow"
    );
    let deployments = scene.deployments();
    let [deployment] = deployments.as_slice() else {
        panic!("{deployments:?}");
    };
    assert_eq!(deployment.requested_by.as_str(), "alice");
    assert_eq!(deployment.created_at, NOW);
    assert_eq!(
        deployment.request_id.as_ref().unwrap().as_str(),
        "6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b"
    );
    assert_eq!(first.input.unwrap().deployment_id, deployment.id);
    let name = format!("sales-k3j9x0ab-r3-{}", deployment.id);
    assert_eq!(first.execution_name.unwrap(), name);
}

#[tokio::test]
async fn how_its_deployment_ended_is_how_the_pipelines_redeployment_ended() {
    let scene = Scene::new();
    scene.step(Cause::Requested).await.unwrap();
    scene.end(None).await;
    assert_eq!(scene.action(Cause::Requested).await, Action::Nothing);

    let scene = Scene::new();
    scene.step(Cause::Requested).await.unwrap();
    scene.end(Some("StackFailed")).await;
    let error = scene.step(Cause::Requested).await.unwrap_err();
    assert_eq!(error.name(), "DeploymentFailed");
    assert!(!error.retryable());
    assert!(error.to_string().contains("StackFailed: the reason"), "{error}");
}

#[tokio::test]
async fn a_deployment_whose_execution_died_is_not_waited_for() {
    let mut scene = Scene::new();
    scene.step(Cause::Requested).await.unwrap();
    scene.machine.dead = true;
    // What waits is started by who follows it.
    assert_eq!(scene.action(Cause::Requested).await, Action::Deploy);
    scene.begin();
    let error = scene.step(Cause::Requested).await.unwrap_err();
    assert_eq!(error.name(), "DeploymentFailed");
    assert!(
        error.to_string().contains("POST /pipelines/k3j9x0ab/deployments"),
        "{error}"
    );
}

#[tokio::test]
async fn a_deployment_that_lost_the_pipeline_is_left_to_the_one_that_has_it() {
    let mut scene = Scene::new();
    scene.step(Cause::Requested).await.unwrap();
    // Somebody deploys later; what was never started is no obstacle.
    scene.machine.dead = true;
    scene.now = NOW + Duration::minutes(2);
    let alice = caller("alice", &["research"]);
    redeploy(
        &scene.records,
        &scene.machine,
        &alice,
        &pipeline().id,
        None,
        scene.now,
    )
    .await
    .unwrap();
    assert_eq!(scene.action(Cause::Requested).await, Action::Nothing);
}

#[tokio::test]
async fn another_deployment_is_waited_for_and_then_decided_anew() {
    let scene = Scene::new();
    let alice = caller("alice", &["research"]);
    redeploy(&scene.records, &scene.machine, &alice, &pipeline().id, None, NOW)
        .await
        .unwrap();
    assert_eq!(
        scene.action(Cause::Requested).await,
        Action::Nothing,
        "that one counts"
    );
    assert_eq!(scene.action(environment_changed()).await, Action::Wait);
    scene.end(None).await;
    assert_eq!(
        scene.action(environment_changed()).await,
        Action::Nothing,
        "it was deployed with the present settings"
    );
    let bound = Some("bounds/all".parse().unwrap());
    let id = "env-dev00001";
    scene
        .records
        .state()
        .environments
        .get_mut(id)
        .unwrap()
        .permissions_boundary = bound;
    assert_eq!(scene.action(environment_changed()).await, Action::Deploy);
}

#[tokio::test]
async fn what_was_deleted_since_it_was_read_is_not_deployed() {
    let scene = Scene::new();
    scene
        .records
        .state()
        .pipelines
        .get_mut("k3j9x0ab")
        .unwrap()
        .status = PipelineStatus::Deleted;
    assert_eq!(scene.action(Cause::Requested).await, Action::Nothing);
    scene.records.state().pipelines.clear();
    assert_eq!(scene.action(Cause::Requested).await, Action::Nothing);
    assert!(scene.deployments().is_empty());
}

#[tokio::test]
async fn the_deleted_stack_of_the_last_deployment_is_looked_up() {
    let scene = Scene::new();
    let last = Deployment {
        stacks: vec![StackOutcome {
            name: "dataall-pipeline-sales-k3j9x0ab-support-us-east-1".to_owned(),
            region: "us-east-1".to_owned(),
            stack_id: "arn:of:a:support:stack".to_owned(),
            action: StackAction::Created,
        }],
        ..deployment(3).succeeded(NOW)
    };
    {
        let mut state = scene.records.state();
        state.pipelines.get_mut("k3j9x0ab").unwrap().last_deployment = Some(last.summary());
        state.deployments.insert(last.id.to_string(), last);
    }
    assert_eq!(
        scene.action(stack_deleted("arn:of:a:former:stack", CICD)).await,
        Action::Nothing
    );
    assert_eq!(
        scene.action(stack_deleted("arn:of:a:support:stack", CICD)).await,
        Action::Deploy
    );
}

#[tokio::test]
async fn the_state_machine_reads_the_action_and_whose_execution_it_is() {
    let scene = Scene::new();
    let looked = serde_json::to_value(scene.step(Cause::Scheduled).await.unwrap()).unwrap();
    assert_eq!(
        looked,
        json!({"action": "CHECK_DRIFT", "why": "its record says that it is up to date"})
    );
    let drifted = json!({"kind": "DRIFTED", "differences": ["the repository is gone"]});
    let deployed = scene
        .step(serde_json::from_value(drifted).unwrap())
        .await
        .unwrap();
    let deployment = scene.present().active_deployment.unwrap();
    assert_eq!(
        serde_json::to_value(deployed).unwrap(),
        json!({
            "action": "DEPLOY", "why": "it is not as it was deployed",
            "executionName": format!("sales-k3j9x0ab-r3-{deployment}"),
            "input": {
                "operation": "DEPLOY", "pipelineId": "k3j9x0ab", "pipelineName": "sales", "revision": 3,
                "deploymentId": deployment, "requestId": "6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b",
            },
        })
    );
}
