//! `StartPipelines`: each CodePipeline runs once for a deployment, whatever starts it.

use application::step::Step as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use application::{
    linked_accounts::{
        sessions::Session,
        stage_transitions::{ClosedStage, StageTransitions},
    },
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
    /// The CodePipeline, its stage, and why the way into it is closed.
    closed: Mutex<Vec<(String, String, String)>>,
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

impl StageTransitions for &Pipelines {
    async fn close(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<bool> {
        panic!("this step closes nothing")
    }

    async fn closed(&self, _: &Session, name: &str) -> Result<Vec<ClosedStage>> {
        let closed = self.closed.lock().unwrap();
        let of_this = closed.iter().filter(|(of, _, _)| of == name);
        Ok(of_this
            .map(|(_, part, reason)| ClosedStage {
                part: part.clone(),
                reason: reason.clone(),
            })
            .collect())
    }

    async fn open(&self, _: &Session, name: &str, part: &str) -> Result<()> {
        let mut closed = self.closed.lock().unwrap();
        closed.retain(|(of, closed, _)| of != name || closed != part);
        Ok(())
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

#[tokio::test]
async fn what_the_platform_has_closed_is_opened_and_nothing_else() {
    let world = World::default();
    let mut input = input(&world, "trunk", true, "UPDATED").await;
    let name = "dataall-sales-k3j9x0ab";
    let closed = |part: &str, reason: &str| (name.to_owned(), part.to_owned(), reason.to_owned());
    let ours = "Closed by the platform dataall. the team research may not use it";
    for (stages_closed, left) in [(false, 3), (true, 2)] {
        let pipelines = Pipelines::default();
        *pipelines.closed.lock().unwrap() = vec![
            closed("Deploy-prod", ours),
            closed("Deploy-dev", "a freeze"),
            closed("Deploy-of-nobody", ours),
        ];
        input.plan.stages_closed = stages_closed;
        let step = StartPipelines {
            artifacts: &world,
            pipelines: &pipelines,
        };
        step.run(input.clone(), OffsetDateTime::UNIX_EPOCH).await.unwrap();
        let parts: Vec<_> = pipelines
            .closed
            .lock()
            .unwrap()
            .iter()
            .map(|(_, part, _)| part.clone())
            .collect();
        assert_eq!(parts.len(), left, "{parts:?}");
        assert_eq!(parts.contains(&"Deploy-prod".to_owned()), !stages_closed);
    }
}
