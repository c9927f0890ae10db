//! What is recorded gets started, once, and the end of an execution closes its record.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use std::{collections::BTreeSet, sync::Mutex};

use application::{
    deployments::{
        close::{AnnounceEnd, CloseDeployments, Closed},
        start::{Workflow, WorkflowInput},
    },
    environments::link::link,
    outbox::{Outbox, Recorded},
    pipelines::create::create,
    redeployments::{RecordRedeployments as _, RedeploymentInput, RedeploymentWorkflow},
};
use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentStatus},
    event::Ended,
    ids::{DeploymentId, RedeploymentId},
    input,
    pipeline::{Pipeline, PipelineStatus},
    prefix::Prefix,
    redeployment::{Cancellation, Cause, Redeployment, Target},
    team::Username,
};
use serde_json::{Value, json};
use support::{NoHistory, Records, caller, record_failure, rules};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// A pipeline of Alice's whose first deployment waits, and state machines that start what they are given unless told otherwise.
struct Scene {
    records: Records,
    pipeline: Pipeline,
    started: Mutex<Vec<WorkflowInput>>,
    redeployments: Mutex<Vec<RedeploymentInput>>,
    announced: Mutex<Vec<Ended>>,
    refusal: Option<fn() -> Error>,
}

fn throttled() -> Error {
    Error::Throttled {
        operation: "states:StartExecution",
        source: "slow down".into(),
    }
}

fn refused() -> Error {
    Error::Refused {
        operation: "states:StartExecution",
        detail: "not allowed".to_owned(),
        source: "403".into(),
    }
}

impl Workflow for Scene {
    async fn start(&self, input: &WorkflowInput) -> Result<()> {
        if let Some(refusal) = self.refusal {
            return Err(refusal());
        }
        self.started.lock().unwrap().push(input.clone());
        Ok(())
    }
}

impl RedeploymentWorkflow for Scene {
    async fn start(&self, input: &RedeploymentInput) -> Result<()> {
        self.redeployments.lock().unwrap().push(input.clone());
        Ok(())
    }
}

impl AnnounceEnd for Scene {
    async fn announce_end(&self, event: &Ended) -> Result<()> {
        self.announced.lock().unwrap().push(event.clone());
        Ok(())
    }
}

impl Scene {
    async fn new() -> Self {
        let (records, alice) = (Records::default(), caller("alice", &["research"]));
        let wanted =
            json!({"label": "dev", "accountId": "222222222222", "region": "eu-west-1", "team": "research"});
        let wanted = input::parse(&wanted).unwrap();
        let dev = link(&records, &rules(), &alice, wanted, None, NOW).await.unwrap();
        let wanted = json!({
            "name": "sales", "team": "research", "strategy": "trunk", "cicdEnvironmentId": dev.id,
            "stages": [{"name": "dev", "environmentId": dev.id}],
        });
        let pipeline = create(
            &records,
            &Prefix::default(),
            &alice,
            input::parse(&wanted).unwrap(),
            None,
            NOW,
        )
        .await
        .unwrap();
        Self {
            records,
            pipeline,
            started: Mutex::default(),
            redeployments: Mutex::default(),
            announced: Mutex::default(),
            refusal: None,
        }
    }

    fn waiting(&self) -> DeploymentId {
        self.pipeline.active_deployment.clone().unwrap()
    }

    fn present(&self) -> Pipeline {
        self.records.state().pipelines[self.pipeline.id.as_str()].clone()
    }

    fn deployment(&self) -> Deployment {
        self.records.state().deployments[self.waiting().as_str()].clone()
    }

    async fn tell(&self, recorded: &Recorded) -> Result<&'static str> {
        let outbox = Outbox {
            store: &self.records,
            workflow: self,
            redeployments: self,
        };
        outbox.start(recorded, NOW).await
    }

    async fn tell_of_deployment(&self) -> Result<&'static str> {
        self.tell(&Recorded::Deployment(self.pipeline.id.clone(), self.waiting()))
            .await
    }

    fn end(&self, status: &str, detail: &Value) -> Value {
        let input = WorkflowInput::new(&self.pipeline, &self.deployment().summary());
        let mut event = json!({
            "version": "0", "id": "315c1398-40ff-a850-213b-158f73e60175", "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change", "account": "000000000000",
            "time": "2026-11-22T10:00:00Z", "region": "eu-west-1", "resources": ["arn:execution"],
            "detail": {
                "executionArn": "arn:execution", "stateMachineArn": "arn:machine", "name": "sales", "status": status,
                "startDate": 1_551_225_271_984_i64, "stopDate": 1_551_225_291_984_i64,
                "input": serde_json::to_string(&input).unwrap(), "output": null,
            },
        });
        event["detail"]
            .as_object_mut()
            .unwrap()
            .extend(detail.as_object().unwrap().clone());
        event
    }

    async fn close(&self, event: &Value, now: OffsetDateTime) -> Result<Closed> {
        let closing = CloseDeployments {
            store: &self.records,
            history: &NoHistory,
            bus: self,
        };
        closing.close(event, now).await
    }
}

#[tokio::test]
async fn a_recorded_deployment_is_started_with_what_the_record_says() {
    let scene = Scene::new().await;
    scene.tell_of_deployment().await.unwrap();
    let expected = WorkflowInput::new(&scene.pipeline, &scene.deployment().summary());
    assert_eq!(*scene.started.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn what_runs_has_ended_or_is_gone_is_not_started() {
    for change in [
        (|records: &Records, id: &str| {
            let mut state = records.state();
            let pipeline = state.pipelines.get_mut(id).unwrap();
            pipeline.last_deployment.as_mut().unwrap().status = DeploymentStatus::Running;
        }) as fn(&Records, &str),
        |records, id| records.state().pipelines.get_mut(id).unwrap().active_deployment = None,
        |records, _| records.state().pipelines.clear(),
    ] {
        let scene = Scene::new().await;
        change(&scene.records, scene.pipeline.id.as_str());
        scene.tell_of_deployment().await.unwrap();
        assert!(scene.started.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_start_that_may_succeed_later_comes_again_and_fails_nothing() {
    let mut scene = Scene::new().await;
    scene.refusal = Some(throttled);
    assert!(scene.tell_of_deployment().await.unwrap_err().retryable());
    assert_eq!(scene.present(), scene.pipeline);
    scene.refusal = None;
    scene.tell_of_deployment().await.unwrap();
    assert_eq!(scene.started.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_start_that_is_refused_leaves_a_record_that_says_what_to_do() {
    let mut scene = Scene::new().await;
    scene.refusal = Some(refused);
    assert_eq!(scene.tell_of_deployment().await.unwrap_err().name(), "Refused");
    assert_eq!(scene.present().status, PipelineStatus::Failed);
    let failure = scene.deployment().failure.unwrap();
    assert_eq!(failure.error, "WorkflowNotStarted");
    let again = format!("POST /pipelines/{}/deployments", scene.pipeline.id);
    assert!(failure.cause.ends_with(&again), "{}", failure.cause);
    // It comes again, and there is nothing more to do.
    scene.tell_of_deployment().await.unwrap();
}

#[tokio::test]
async fn a_recorded_redeployment_is_started_unless_it_was_cancelled() {
    let scene = Scene::new().await;
    let id = RedeploymentId::parse("6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b").unwrap();
    let mut redeployment = Redeployment {
        id: id.clone(),
        target: Target::All,
        cause: Cause::Requested,
        requested_by: Username::parse("alice").unwrap(),
        requested_at: NOW,
        teams: None,
        listed_for: BTreeSet::new(),
        cancellation: None,
    };
    let recorded = Recorded::Redeployment(id.clone());
    scene.tell(&recorded).await.unwrap();
    assert!(
        scene.redeployments.lock().unwrap().is_empty(),
        "there is no record"
    );
    scene.records.record(&redeployment, None, None).await.unwrap();
    scene.tell(&recorded).await.unwrap();
    assert_eq!(
        *scene.redeployments.lock().unwrap(),
        [RedeploymentInput::from(&redeployment)]
    );
    redeployment.cancellation = Some(Cancellation {
        by: Username::parse("alice").unwrap(),
        at: NOW,
    });
    scene.records.state().redeployments.insert(id, redeployment);
    scene.tell(&recorded).await.unwrap();
    assert_eq!(scene.redeployments.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_execution_that_ended_without_a_word_closes_its_record() {
    for (status, detail, error, says) in [
        (
            "ABORTED",
            json!({}),
            "ExecutionStopped",
            "Deploy again: POST /pipelines/",
        ),
        (
            "TIMED_OUT",
            json!({}),
            "ExecutionTimedOut",
            "Deploy again: POST /pipelines/",
        ),
        (
            "FAILED",
            json!({"error": "FailureNotRecorded", "cause": "the table did not answer"}),
            "FailureNotRecorded",
            "the table did not answer",
        ),
        (
            "FAILED",
            json!({"error": "FailureNotRecorded", "cause": "{\"errorType\": \"StackFailed\", \"errorMessage\": \"no room\"}"}),
            "StackFailed",
            "no room",
        ),
        ("FAILED", json!({"error": null}), "Internal", "deploy again"),
    ] {
        let scene = Scene::new().await;
        let event = scene.end(status, &detail);
        let later = NOW + Duration::hours(1);
        assert_eq!(scene.close(&event, later).await.unwrap(), Closed::Recorded);
        let (pipeline, deployment) = (scene.present(), scene.deployment());
        assert_eq!(
            (pipeline.status, pipeline.active_deployment),
            (PipelineStatus::Failed, None)
        );
        assert_eq!(
            (deployment.status, deployment.ended_at),
            (DeploymentStatus::Failed, Some(later))
        );
        assert_eq!(deployment.execution_arn.as_deref(), Some("arn:execution"));
        let failure = deployment.failure.unwrap();
        assert_eq!(failure.error, error);
        assert!(failure.cause.contains(says), "{}", failure.cause);
        let told = scene.announced.lock().unwrap().clone();
        let [Ended::Failed(told)] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!(told.failure, failure);
        // Events come twice; the record stays.
        let again = scene.close(&event, later + Duration::hours(1)).await.unwrap();
        assert!(matches!(again, Closed::Already | Closed::Announced));
        assert_eq!(scene.deployment().ended_at, Some(later));
    }
}

#[tokio::test]
async fn an_end_that_was_recorded_and_perhaps_not_announced_is_announced() {
    for (status, detail, closed) in [
        ("ABORTED", json!({}), Closed::Announced),
        ("TIMED_OUT", json!({}), Closed::Announced),
        (
            "FAILED",
            json!({"error": "EventBridge.FailedEntry"}),
            Closed::Announced,
        ),
        // As the workflow ends when all is done: the error is the deployment's own.
        ("FAILED", json!({"error": "StackFailed"}), Closed::Already),
        ("FAILED", json!({"error": "States.Timeout"}), Closed::Already),
    ] {
        let scene = Scene::new().await;
        let id = scene.waiting();
        {
            let mut state = scene.records.state();
            let deployment = state.deployments.get_mut(id.as_str()).unwrap();
            *deployment = deployment.clone().succeeded(NOW);
        }
        let event = scene.end(status, &detail);
        assert_eq!(scene.close(&event, NOW).await.unwrap(), closed);
        let told = scene.announced.lock().unwrap();
        assert_eq!(
            matches!(told.as_slice(), [Ended::Succeeded(_)]),
            closed == Closed::Announced
        );
    }
}

#[tokio::test]
async fn what_waits_behind_an_execution_that_was_stopped_is_queued() {
    let scene = Scene::new().await;
    let id = scene.pipeline.id.clone();
    let event = scene.end("ABORTED", &json!({}));
    scene
        .records
        .state()
        .pipelines
        .get_mut(id.as_str())
        .unwrap()
        .revision = domain::revision::Revision(2);
    scene.close(&event, NOW).await.unwrap();
    let pipeline = scene.present();
    assert_eq!(pipeline.status, PipelineStatus::Deploying);
    assert_eq!(pipeline.last_deployment.unwrap().status, DeploymentStatus::Queued);
}

#[tokio::test]
async fn the_history_of_a_deleted_pipeline_expires_though_the_last_step_failed() {
    let scene = Scene::new().await;
    let event = scene.end("FAILED", &json!({"error": "Throttled"}));
    {
        let mut state = scene.records.state();
        let pipeline = state.pipelines.get_mut(scene.pipeline.id.as_str()).unwrap();
        pipeline.status = PipelineStatus::Deleted;
        pipeline.deleted_at = Some(NOW);
    }
    scene.close(&event, NOW).await.unwrap();
    let forgotten_at = scene.present().forgotten_at();
    assert_eq!(
        scene.records.state().expiring.get(&scene.pipeline.id).copied(),
        forgotten_at
    );
}

#[tokio::test]
async fn an_event_that_is_malformed_says_where() {
    let scene = Scene::new().await;
    let mut event = scene.end("SUCCEEDED", &json!({}));
    for (detail, at) in [
        (
            json!({"executionArn": "arn:e", "status": "SUCCEEDED", "input": "{}"}),
            "/detail/status",
        ),
        (
            json!({"executionArn": "arn:e", "status": "FAILED", "input": "no"}),
            "/detail/input",
        ),
        (
            json!({"executionArn": "arn:e", "status": "FAILED"}),
            "/detail/input",
        ),
    ] {
        event["detail"] = detail;
        let Error::Invalid(problems) = scene.close(&event, NOW).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(problems.as_slice()[0].pointer.as_str(), at);
    }
}

#[tokio::test]
async fn a_recorded_deletion_is_told_as_one_though_its_step_failed() {
    let scene = Scene::new().await;
    let id = scene.waiting();
    {
        let mut state = scene.records.state();
        let deletion = state.deployments.get_mut(id.as_str()).unwrap();
        *deletion = deletion.clone().deleting(true).succeeded(NOW);
        let pipeline = state.pipelines.get_mut(scene.pipeline.id.as_str()).unwrap();
        pipeline.status = PipelineStatus::Deleted;
        pipeline.deleted_at = Some(NOW);
    }
    let failed = json!({"executionArn": "arn:e", "state": {
        "pipelineId": scene.pipeline.id, "deploymentId": id, "failure": {"Error": "Throttled", "Cause": "no"},
    }});
    let recorded = record_failure(&scene.records, serde_json::from_value(failed).unwrap(), NOW)
        .await
        .unwrap();
    assert_eq!((recorded.status, recorded.error), ("SUCCEEDED", None));
    assert!(matches!(recorded.event, Ended::Deleted(_)));
    assert!(scene.records.state().expiring.contains_key(&scene.pipeline.id));
}
