//! `StartPipelines`: only a deployment that changed nothing starts the CodePipelines, each once.

use std::collections::BTreeSet;

use application::workflow::{
    accounts::Session,
    start_pipelines::{Input, StartCodePipelines, StartPipelines},
};
use domain::{Error, Result};
use serde_json::{Value, json};

use crate::{
    fixtures::{deployment, rendered_after},
    world::World,
};

/// CodePipelines that note each different start, and may lose an answer.
#[derive(Default)]
struct Pipelines(std::sync::Mutex<(BTreeSet<(String, String)>, bool)>);

impl StartCodePipelines for &Pipelines {
    async fn start(&self, _: &Session, name: &str, token: &str) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        state.0.insert((name.to_owned(), token.to_owned()));
        if std::mem::take(&mut state.1) {
            let source = "the connection broke".into();
            return Err(Error::ServiceUnavailable {
                operation: "codepipeline:StartPipelineExecution",
                source,
            });
        }
        Ok(())
    }
}

async fn input(world: &World, strategy: &str, changed: bool, action: &str) -> Input {
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
    }))
    .unwrap()
}

#[tokio::test]
async fn what_changed_starts_them_by_itself() {
    for (changed, action) in [(true, "UNCHANGED"), (false, "CREATED"), (false, "UPDATED")] {
        let (world, pipelines) = (World::default(), Pipelines::default());
        let step = StartPipelines {
            artifacts: &world,
            pipelines: &pipelines,
        };
        let started = step
            .run(input(&world, "cdk-trunk", changed, action).await)
            .await
            .unwrap();
        assert!(started.code_pipelines.is_empty() && pipelines.0.lock().unwrap().0.is_empty());
    }
}

#[tokio::test]
async fn every_code_pipeline_is_started_once_though_the_step_is_repeated() {
    for (strategy, names) in [("trunk", 1), ("gitflow", 2)] {
        let (world, pipelines) = (World::default(), Pipelines::default());
        pipelines.0.lock().unwrap().1 = true;
        let step = StartPipelines {
            artifacts: &world,
            pipelines: &pipelines,
        };
        let input = input(&world, strategy, false, "UNCHANGED").await;
        assert!(step.run(input.clone()).await.unwrap_err().retryable());
        let started = step.run(input).await.unwrap();
        assert_eq!(
            (started.code_pipelines.len(), pipelines.0.lock().unwrap().0.len()),
            (names, names)
        );
    }
}
