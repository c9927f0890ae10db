//! `StartPipelines`: each CodePipeline runs once for a deployment, whatever starts it.

use application::step::Step as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use application::{
    linked_accounts::sessions::Session,
    workflow::start_pipelines::{StartCodePipelines, StartPipelines, StartPipelinesInput},
};
use domain::{Error, Result};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    fixtures::{deployment, rendered_after},
    world::World,
};

const STARTED: OffsetDateTime = datetime!(2026-11-22 10:00 UTC);

/// CodePipelines that note each different start, and may lose an answer.
#[derive(Default)]
struct Pipelines {
    created: BTreeMap<String, OffsetDateTime>,
    starts: Mutex<BTreeSet<(String, String)>>,
    loses_an_answer: Mutex<bool>,
}

impl Pipelines {
    /// The names of those that were started.
    fn started(&self) -> Vec<String> {
        let starts = self.starts.lock().unwrap();
        starts.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl StartCodePipelines for &Pipelines {
    async fn start(&self, _: &Session, name: &str, token: &str) -> Result<()> {
        let start = (name.to_owned(), token.to_owned());
        self.starts.lock().unwrap().insert(start);
        if std::mem::take(&mut *self.loses_an_answer.lock().unwrap()) {
            let source = "the connection broke".into();
            return Err(Error::ServiceUnavailable {
                operation: "codepipeline:StartPipelineExecution",
                source,
            });
        }
        Ok(())
    }

    async fn created_at(&self, _: &Session, name: &str) -> Result<Option<OffsetDateTime>> {
        Ok(self.created.get(name).copied())
    }
}

async fn input(world: &World, strategy: &str, changed: bool, action: &str) -> StartPipelinesInput {
    let strategy: Value = json!(strategy);
    let (plan, _) = rendered_after(world, &deployment(), |plan| {
        plan.blueprint.strategy = serde_json::from_value(strategy.clone()).unwrap();
    })
    .await;
    serde_json::from_value(json!({
        "deploymentId": deployment(), "plan": plan,
        "commit": {"repositoryName": "r", "branch": "main", "commitId": "c", "changed": changed},
        "stack": {"progress": "COMPLETE", "wave": 1, "stacks": [
            {"name": "s", "region": "eu-west-1", "stackId": "arn:s", "action": action},
        ]},
        "startedAt": "2026-11-22T10:00:00Z",
    }))
    .unwrap()
}

/// Runs the step over these CodePipelines; the names of those that it started.
async fn run(pipelines: &Pipelines, strategy: &str, changed: bool, action: &str) -> Vec<String> {
    let world = World::default();
    let step = StartPipelines {
        artifacts: &world,
        pipelines,
    };
    let started = step
        .run(
            input(&world, strategy, changed, action).await,
            OffsetDateTime::UNIX_EPOCH,
        )
        .await
        .unwrap();
    assert_eq!(started.code_pipelines, pipelines.started());
    started.code_pipelines
}

#[tokio::test]
async fn what_starts_by_itself_is_not_started() {
    for (strategy, changed, action) in [
        ("cdk-trunk", true, "UNCHANGED"),
        ("cdk-trunk", false, "CREATED"),
        ("cdk-trunk", true, "CREATED"),
        ("trunk", true, "CREATED"),
        ("gitflow", false, "CREATED"),
    ] {
        let started = run(&Pipelines::default(), strategy, changed, action).await;
        assert_eq!(started, [""; 0], "{strategy}, {changed}, {action}");
    }
}

#[tokio::test]
async fn every_other_deployment_starts_each_once() {
    for (strategy, changed, action) in [
        ("cdk-trunk", false, "UNCHANGED"),
        ("trunk", false, "UNCHANGED"),
        ("trunk", true, "UNCHANGED"),
        ("trunk", false, "UPDATED"),
        ("trunk", true, "UPDATED"),
    ] {
        let before = BTreeMap::from([(
            "dataall-sales-k3j9x0ab".to_owned(),
            STARTED - Duration::milliseconds(1),
        )]);
        let pipelines = Pipelines {
            created: before,
            ..Pipelines::default()
        };
        let started = run(&pipelines, strategy, changed, action).await;
        assert_eq!(
            started,
            ["dataall-sales-k3j9x0ab"],
            "{strategy}, {changed}, {action}"
        );
    }
}

#[tokio::test]
async fn that_of_a_new_stage_runs_by_itself_and_the_others_are_started() {
    let created = BTreeMap::from([
        (
            "dataall-sales-k3j9x0ab-dev".to_owned(),
            STARTED - Duration::days(1),
        ),
        (
            "dataall-sales-k3j9x0ab-prod".to_owned(),
            STARTED + Duration::seconds(9),
        ),
    ]);
    let pipelines = Pipelines {
        created,
        ..Pipelines::default()
    };
    let started = run(&pipelines, "gitflow", true, "UPDATED").await;
    assert_eq!(started, ["dataall-sales-k3j9x0ab-dev"]);
}

#[tokio::test]
async fn every_code_pipeline_is_started_once_though_the_step_is_repeated() {
    for (strategy, names) in [("trunk", 1), ("gitflow", 2)] {
        let (world, pipelines) = (World::default(), Pipelines::default());
        *pipelines.loses_an_answer.lock().unwrap() = true;
        let step = StartPipelines {
            artifacts: &world,
            pipelines: &pipelines,
        };
        let input = input(&world, strategy, true, "UPDATED").await;
        assert!(
            step.run(input.clone(), OffsetDateTime::UNIX_EPOCH)
                .await
                .unwrap_err()
                .retryable()
        );
        let started = step.run(input, OffsetDateTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(
            (started.code_pipelines.len(), pipelines.started().len()),
            (names, names)
        );
    }
}
