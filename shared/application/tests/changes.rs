//! Changing pipelines: who may, what is written, and what is deployed when.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use std::collections::BTreeMap;

use application::{
    deployments::{redeploy::redeploy, start::WorkflowInput},
    environments::link::link,
    pipelines::{change::ChangePipelines, create::create},
    workflow::record_outcome::RecordOutcomeInput,
};
use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentStatus},
    environment::{DeployedSettings, Environment},
    ids::EnvironmentId,
    input,
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus},
    prefix::Prefix,
    revision::Revision,
};
use serde_json::{Value, json};
use support::{Machine, Records, caller, record_failure, record_success, rules};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// A pipeline of Alice's with the stages dev and prod; its first deployment runs.
struct Scene {
    records: Records,
    machine: Machine,
    now: OffsetDateTime,
    alice: Caller,
    dev: Environment,
    prod: Environment,
    pipeline: Pipeline,
}

async fn environment(records: &Records, owner: &Caller, account: &str) -> Environment {
    let team = owner.teams.first().unwrap().as_str();
    let wanted = json!({"label": "dev", "accountId": account, "region": "eu-west-1", "team": team});
    link(
        records,
        &rules(),
        owner,
        input::parse(&wanted).unwrap(),
        None,
        NOW,
    )
    .await
    .unwrap()
}

impl Scene {
    async fn new() -> Self {
        let (records, machine) = (Records::default(), Machine::default());
        let alice = caller("alice", &["research"]);
        let dev = environment(&records, &alice, "222222222222").await;
        let prod = environment(&records, &alice, "333333333333").await;
        let wanted = json!({
            "name": "sales", "team": "research", "strategy": "cdk-trunk", "cicdEnvironmentId": dev.id.as_str(),
            "stages": [stage("dev", &dev), stage("prod", &prod)],
        });
        let wanted = input::parse(&wanted).unwrap();
        let pipeline = create(&records, &Prefix::default(), &alice, wanted, None, NOW)
            .await
            .unwrap();
        Self {
            records,
            machine,
            now: NOW,
            alice,
            dev,
            prod,
            pipeline,
        }
    }

    /// The same, with its first deployment ended.
    async fn deployed() -> Self {
        let scene = Self::new().await;
        scene.end(None).await;
        scene
    }

    async fn change_as(
        &self,
        caller: &Caller,
        body: Value,
        expected: Option<&[Revision]>,
    ) -> Result<Pipeline> {
        let pipelines = ChangePipelines {
            store: &self.records,
            executions: &self.machine,
            prefix: &Prefix::default(),
        };
        pipelines
            .change(
                caller,
                &self.pipeline.id,
                input::parse(&body)?,
                expected,
                self.now,
            )
            .await
    }

    async fn change(&self, body: Value) -> Result<Pipeline> {
        self.change_as(&self.alice, body, None).await
    }

    fn present(&self) -> Pipeline {
        self.records.state().pipelines[self.pipeline.id.as_str()].clone()
    }

    /// How many deployments are recorded.
    fn deployments(&self) -> usize {
        self.records.state().deployments.len()
    }

    /// The deployment that holds the pipeline.
    fn active(&self) -> Deployment {
        let active = self.present().active_deployment.unwrap();
        self.records.state().deployments[active.as_str()].clone()
    }

    /// What of the settings of the pipeline's environments goes into what is deployed.
    fn settings(&self) -> BTreeMap<EnvironmentId, DeployedSettings> {
        [&self.dev, &self.prod]
            .map(|environment| (environment.id.clone(), environment.deployed_settings()))
            .into()
    }

    /// The deployment that holds the pipeline ends.
    async fn end(&self, failure: Option<&str>) {
        let active = self.present().active_deployment.unwrap();
        self.end_of(active.as_str(), failure).await.unwrap();
    }

    async fn end_of(&self, deployment: &str, failure: Option<&str>) -> Result<()> {
        let mut state = json!({"pipelineId": self.pipeline.id.as_str(), "deploymentId": deployment,
            "plan": {"environments": self.settings()},
            "rendered": {"stacks": [{"name": "the-stack", "region": "eu-west-1", "bytes": 2, "digest": "ab"}]}});
        if let Some(error) = failure {
            state["failure"] = json!({"Error": error, "Cause": "no"});
        }
        let input: RecordOutcomeInput =
            serde_json::from_value(json!({"executionArn": "arn:e", "state": state})).unwrap();
        if failure.is_some() {
            record_failure(&self.records, input, NOW).await?;
        } else {
            record_success(&self.records, input, NOW).await?;
        }
        Ok(())
    }
}

fn stage(name: &str, environment: &Environment) -> Value {
    json!({"name": name, "environmentId": environment.id.as_str()})
}

#[tokio::test]
async fn the_record_keeps_with_what_its_revision_was_deployed() {
    let scene = Scene::new().await;
    scene.end(Some("StackFailed")).await;
    assert!(scene.present().deployed_with.is_empty(), "nothing was deployed");
    assert!(scene.present().deployed_templates.is_empty());
    let scene = Scene::deployed().await;
    assert_eq!(scene.present().deployed_with, scene.settings());
    assert_eq!(scene.present().deployed_templates["the-stack"], "ab");
}

#[tokio::test]
async fn a_change_raises_the_revision_and_is_deployed() {
    let scene = Scene::deployed().await;
    let changed = scene.change(json!({"description": "new"})).await.unwrap();
    assert_eq!(
        (changed.revision, changed.status),
        (Revision(2), PipelineStatus::Deploying)
    );
    assert_eq!(changed, scene.present());
    let queued = scene.active();
    assert_eq!(
        (queued.revision, queued.status),
        (Revision(2), DeploymentStatus::Queued)
    );
}

#[tokio::test]
async fn a_deployment_knows_the_request_that_asked_for_it() {
    let scene = Scene::new().await;
    let bob = caller("bob", &["research"]);
    let body = json!({"description": "new"});
    scene.change_as(&bob, body, None).await.unwrap();
    // Bob's change waits for Alice's deployment.
    assert_eq!(scene.active().request_id, scene.alice.request_id);
    scene.end(None).await;
    assert_eq!(scene.active().request_id, bob.request_id);
}

#[test]
fn the_workflow_is_always_told_of_a_request() {
    let input = json!({"pipelineId": "k3j9x0ab", "pipelineName": "sales", "revision": 1,
        "deploymentId": "01k9v3xv0m0000000000000001"});
    let before: WorkflowInput = serde_json::from_value(input).unwrap();
    let written = serde_json::to_value(&before).unwrap();
    assert_eq!(written["requestId"], Value::Null, "the state machine reads it");
    assert!(written.as_object().unwrap().contains_key("requestId"));
}

#[tokio::test]
async fn a_change_that_changes_nothing_writes_nothing() {
    let scene = Scene::deployed().await;
    let writes = scene.records.state().writes;
    for body in [
        json!({}),
        json!({"description": "", "tags": {}, "stages": [stage("dev", &scene.dev), stage("prod", &scene.prod)]}),
        json!({"description": null, "tags": null}),
    ] {
        assert_eq!(scene.change(body).await.unwrap(), scene.present());
    }
    assert_eq!(scene.records.state().writes, writes);
}

#[tokio::test]
async fn a_change_for_another_revision_is_refused() {
    let scene = Scene::deployed().await;
    let body = json!({"description": "new"});
    let stale = scene
        .change_as(&scene.alice, body.clone(), Some(&[Revision(7)]))
        .await
        .unwrap_err();
    assert!(matches!(stale, Error::Stale { present: Revision(1) }));
    scene
        .change_as(&scene.alice, body, Some(&[Revision(1)]))
        .await
        .unwrap();
}

#[tokio::test]
async fn changes_during_a_deployment_are_deployed_together_after_it() {
    for failure in [None, Some("StackFailed")] {
        let scene = Scene::new().await;
        for number in 2..=4 {
            let changed = scene
                .change(json!({"description": format!("change {number}")}))
                .await
                .unwrap();
            assert_eq!(changed.revision, Revision(number));
            assert_eq!(changed.active_deployment, scene.pipeline.active_deployment);
        }
        assert_eq!(scene.deployments(), 1);
        scene.end(failure).await;
        let present = scene.present();
        assert_eq!(present.status, PipelineStatus::Deploying);
        assert_eq!(
            present.deployed_revision,
            failure.is_none().then_some(Revision(1))
        );
        let next = present.last_deployment.unwrap();
        assert_eq!(
            (next.revision, next.status),
            (Revision(4), DeploymentStatus::Queued)
        );
        assert_eq!(scene.deployments(), 2);
        scene.end(None).await;
        assert_eq!(scene.present().deployed_revision, Some(Revision(4)));
        assert_eq!(scene.deployments(), 2);
    }
}

#[tokio::test]
async fn a_change_that_comes_while_the_end_is_recorded_is_not_lost() {
    let scene = Scene::new().await;
    scene.records.state().change_in_between = Some(|pipeline| pipeline.revision = Revision(2));
    scene.end(None).await;
    assert_eq!(scene.present().last_deployment.unwrap().revision, Revision(2));
    assert_eq!(scene.deployments(), 2);
}

#[tokio::test]
async fn an_end_that_comes_while_a_change_is_written_is_not_lost() {
    let scene = Scene::new().await;
    scene.records.state().change_in_between = Some(|pipeline| {
        pipeline.active_deployment = None;
        pipeline.status = PipelineStatus::Deployed;
    });
    let changed = scene.change(json!({"description": "new"})).await.unwrap();
    assert_ne!(changed.active_deployment, scene.pipeline.active_deployment);
    assert_eq!(scene.deployments(), 2);
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_no_stale_one() {
    let scene = Scene::deployed().await;
    let body = json!({"description": "new"});
    let expected = [Revision(1)];
    scene.records.state().lose_next_answer = true;
    let lost = scene.change_as(&scene.alice, body.clone(), Some(&expected)).await;
    assert!(lost.unwrap_err().retryable());
    let again = scene
        .change_as(&scene.alice, body, Some(&expected))
        .await
        .unwrap();
    assert_eq!((again.revision, &again), (Revision(2), &scene.present()));
}

#[tokio::test]
async fn a_change_takes_over_from_a_run_that_died() {
    let mut scene = Scene::new().await;
    let first = scene.active();
    scene.machine.dead = true;
    // Step Functions may not know yet what was started a moment ago.
    let waits = scene.change(json!({"description": "waits"})).await.unwrap();
    assert_eq!(waits.active_deployment.as_ref(), Some(&first.id));
    scene.now = NOW + Duration::minutes(2);
    let changed = scene.change(json!({"description": "new"})).await.unwrap();
    assert_ne!(changed.active_deployment, scene.pipeline.active_deployment);
    let first = scene.records.state().deployments[first.id.as_str()].clone();
    assert_eq!(
        (
            first.status,
            first.failure.unwrap().error.as_str(),
            first.ended_at
        ),
        (DeploymentStatus::Failed, "DeploymentSuperseded", Some(scene.now))
    );
    assert_eq!(scene.deployments(), 2);
}

#[tokio::test]
async fn removed_and_moved_stages_leave_orphans_until_they_come_back() {
    let scene = Scene::deployed().await;
    let removed = scene
        .change(json!({"stages": [stage("dev", &scene.dev)]}))
        .await
        .unwrap();
    let left = |pipeline: &Pipeline| -> Vec<(String, String)> {
        let of =
            |orphan: &domain::pipeline::Orphan| (orphan.stage.to_string(), orphan.account_id.to_string());
        pipeline.orphans.iter().map(of).collect()
    };
    assert_eq!(left(&removed), [("prod".to_owned(), "333333333333".to_owned())]);
    let orphan = &removed.orphans[0];
    assert_eq!(
        orphan.command(),
        format!(
            "aws cloudformation delete-stack --region eu-west-1 --stack-name dataall-sales-{}-prod",
            removed.id
        )
    );
    let moved = scene
        .change(json!({"stages": [stage("dev", &scene.prod)]}))
        .await
        .unwrap();
    assert_eq!(moved.orphans.len(), 2);
    let back = scene
        .change(json!({"stages": [stage("dev", &scene.prod), stage("prod", &scene.prod)]}))
        .await
        .unwrap();
    assert_eq!(left(&back), [("dev".to_owned(), "222222222222".to_owned())]);
}

#[tokio::test]
async fn environments_must_be_the_pipelines_teams_to_use_whoever_calls() {
    let scene = Scene::deployed().await;
    let carol = caller("carol", &["marketing"]);
    let hers = environment(&scene.records, &carol, "444444444444").await;
    let stages = json!({"stages": [stage("dev", &scene.dev), stage("a", &hers), stage("b", &hers)]});
    for who in [&scene.alice, &caller("root", &["platform-admins"])] {
        let Err(Error::Invalid(problems)) = scene.change_as(who, stages.clone(), None).await else {
            panic!()
        };
        let pointers: Vec<_> = problems
            .as_slice()
            .iter()
            .map(|problem| problem.pointer.as_str())
            .collect();
        assert_eq!(pointers, ["/stages/1/environmentId", "/stages/2/environmentId"]);
    }
    if let Some(invited) = scene.records.state().environments.get_mut(hers.id.as_str()) {
        invited.invited_teams.insert("research".parse().unwrap());
    }
    scene.change(stages).await.unwrap();
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_strangers_see_nothing() {
    let scene = Scene::deployed().await;
    let body = json!({"description": 3, "name": "other", "stages": [{"name": "X"}]});
    let Err(Error::Invalid(problems)) = scene.change(body).await else {
        panic!()
    };
    assert_eq!(problems.as_slice().len(), 4, "{problems}");
    let bob = caller("bob", &["marketing"]);
    let error = scene
        .change_as(&bob, json!({"description": "x"}), None)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "pipeline", .. }));
}

#[tokio::test]
async fn a_redeployment_of_a_dead_run_deploys_what_was_changed_meanwhile() {
    let mut scene = Scene::new().await;
    scene.change(json!({"description": "new"})).await.unwrap();
    scene.machine.dead = true;
    let next = redeploy(
        &scene.records,
        &scene.machine,
        &scene.alice,
        &scene.pipeline.id,
        None,
        NOW + Duration::minutes(2),
    )
    .await
    .unwrap();
    assert_eq!(next.revision, Revision(2));
}
