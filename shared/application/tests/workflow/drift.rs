//! Whether a pipeline still is as it was deployed.

use application::step::Step as _;
use std::collections::BTreeMap;
use time::OffsetDateTime;

use application::{
    platform::Platform,
    redeployments::{decide::RequestDeploymentInput, drift::DetectDrift},
};
use domain::{
    Result,
    deployment::{Deployment, StackAction, StackOutcome},
    pipeline::{Pipeline, PipelineStatus},
    redeployment::Cause,
    strategy::Strategy,
    tags::Tags,
};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::{
    fixtures::{deployment, environments, later_deployment, pipeline_with, rendered_after},
    world::{Fault, Hosted, Stack, World, settle},
};

const CICD_STACK: &str = "dataall-pipeline-sales-k3j9x0ab";
const REPOSITORY: &str = "dataall-sales-k3j9x0ab";

/// A pipeline whose deployment has ended, as the workflow left it.
async fn deployed(strategy: Strategy) -> World {
    deployed_with(strategy, BTreeMap::new()).await
}

async fn deployed_with(strategy: Strategy, tags: BTreeMap<String, String>) -> World {
    let world = World::default();
    let (_, rendered) = rendered_after(&world, &deployment(), |plan| {
        plan.blueprint.strategy = strategy;
        plan.blueprint.tags = Tags::try_from(tags).unwrap();
    })
    .await;
    let mut state = world.state();
    let mut stacks = Vec::new();
    for stack in &rendered.stacks {
        let key = format!("deployments/{}/stacks/{}.template.json", deployment(), stack.name);
        let template = String::from_utf8(state.artifacts[&key].clone()).unwrap();
        let present = Stack {
            template,
            ..Stack::left(&stack.name, "CREATE_COMPLETE")
        };
        stacks.push(StackOutcome {
            name: stack.name.clone(),
            region: stack.region.to_string(),
            stack_id: present.id.clone(),
            action: StackAction::Created,
        });
        state.stacks.push(present);
    }
    let pipeline = Pipeline {
        status: PipelineStatus::Deployed,
        active_deployment: None,
        ..pipeline_with(strategy.as_str())
    };
    let now = datetime!(2026-11-22 10:00 UTC);
    let last = Deployment {
        stacks,
        ..Deployment::queued(
            deployment(),
            pipeline.id.clone(),
            pipeline.revision,
            pipeline.owner.clone(),
            now,
        )
    }
    .succeeded(now);
    let digests = rendered
        .stacks
        .iter()
        .map(|stack| (stack.name.clone(), stack.digest.clone().unwrap()));
    let deployed = Pipeline {
        last_deployment: Some(last.summary()),
        deployed_templates: digests.collect(),
        ..pipeline
    };
    world.record(deployed, [last], environments());
    state
        .repositories
        .insert(REPOSITORY.to_owned(), Hosted::default());
    drop(state);
    world
}

async fn look(world: &World) -> Result<Cause> {
    let step = DetectDrift {
        platform: Platform {
            prefix: "dataall".parse().unwrap(),
            account_id: "000000000000".parse().unwrap(),
        },
        records: world,
        stacks: world,
        repositories: world,
    };
    let input: RequestDeploymentInput = serde_json::from_value(json!({
        "redeploymentId": "6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b", "cause": {"kind": "SCHEDULED"},
        "requestedBy": "schedule", "requestedAt": "2026-11-22T10:00:00Z", "pipelineId": "k3j9x0ab",
    }))
    .unwrap();
    step.run(input, OffsetDateTime::UNIX_EPOCH).await
}

async fn differences(world: &World) -> Vec<String> {
    match look(world).await.unwrap() {
        Cause::Drifted { differences } => differences,
        cause => {
            assert_eq!(cause, Cause::InSync);
            Vec::new()
        }
    }
}

#[tokio::test]
async fn a_pipeline_as_it_was_deployed_has_not_drifted() {
    for &strategy in Strategy::ALL {
        assert_eq!(
            differences(&deployed(strategy).await).await,
            [""; 0],
            "{strategy}"
        );
    }
}

#[tokio::test]
async fn all_that_is_gone_or_broken_is_told() {
    for &strategy in Strategy::ALL {
        let world = deployed(strategy).await;
        world.state().stacks.clear();
        world.state().repositories.clear();
        let told = differences(&world).await;
        assert!(
            told.contains(&format!("the stack {CICD_STACK} in eu-west-1 is gone"))
                && told.contains(&format!("the repository {REPOSITORY} is gone")),
            "{told:?}"
        );
        assert_eq!(
            told.len(),
            1 + world.records.state().deployments[deployment().as_str()]
                .stacks
                .len()
        );
    }
    for status in ["ROLLBACK_COMPLETE", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"] {
        let world = deployed(Strategy::Trunk).await;
        world.state().stacks[0].status = status.to_owned();
        let told = differences(&world).await;
        assert!(
            matches!(told.as_slice(), [told] if told.ends_with(status)),
            "{told:?}"
        );
    }
    let world = deployed(Strategy::Trunk).await;
    world.state().stacks[0].status = "UPDATE_IN_PROGRESS".to_owned();
    assert_eq!(differences(&world).await, [""; 0], "somebody is at work on it");
}

#[tokio::test]
async fn another_template_is_drift_where_the_stack_is_the_platforms() {
    for &strategy in Strategy::ALL {
        let world = deployed(strategy).await;
        for stack in &mut world.state().stacks {
            let mut template: Value = serde_json::from_str(&stack.template).unwrap();
            template["Metadata"] = json!({"by": "hand"});
            stack.template = template.to_string();
        }
        let told = differences(&world).await;
        let expected = if strategy == Strategy::CdkTrunk {
            0
        } else {
            world.state().stacks.len()
        };
        assert_eq!(told.len(), expected, "{strategy}: {told:?}");
        assert!(
            told.iter().all(|told| told.contains("another template")),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_template_that_is_written_otherwise_is_the_same() {
    let world = deployed(Strategy::Gitflow).await;
    // Long after, only the record is left.
    world.state().artifacts.clear();
    for stack in &mut world.state().stacks {
        let template: Value = serde_json::from_str(&stack.template).unwrap();
        stack.template = serde_json::to_string_pretty(&template).unwrap();
    }
    assert_eq!(differences(&world).await, [""; 0]);
}

#[tokio::test]
async fn what_cloudformation_does_not_tell_is_no_drift() {
    let tags = BTreeMap::from([("city".to_owned(), "Z\u{fc}rich".to_owned())]);
    let world = deployed_with(Strategy::Trunk, tags).await;
    assert!(world.state().stacks[0].template.contains("Z\u{fc}rich"));
    assert_eq!(differences(&world).await, [""; 0]);
}

#[tokio::test]
async fn what_is_not_known_is_no_drift() {
    // What was deployed before digests were recorded.
    let world = deployed(Strategy::Trunk).await;
    for stack in &mut world.state().stacks {
        stack.template = "{}".to_owned();
    }
    world.change_pipeline(|pipeline| pipeline.deployed_templates.clear());
    assert_eq!(differences(&world).await, [""; 0]);
    // Another deployment is at it, or the pipeline is going or gone.
    let change: [fn(&mut Pipeline); 3] = [
        |pipeline| pipeline.active_deployment = Some(later_deployment()),
        |pipeline| pipeline.status = PipelineStatus::Deleting,
        |pipeline| pipeline.status = PipelineStatus::Deleted,
    ];
    for change in change {
        let world = deployed(Strategy::Trunk).await;
        world.state().stacks.clear();
        world.change_pipeline(change);
        assert_eq!(look(&world).await.unwrap(), Cause::InSync);
        assert_eq!(world.calls.made(), ["pipeline"], "nothing was looked at");
    }
}

#[tokio::test]
async fn any_call_may_fail_in_any_way() {
    let world = deployed(Strategy::Trunk).await;
    world.state().repositories.clear();
    let expected = look(&world).await.unwrap();
    assert!(matches!(expected, Cause::Drifted { .. }));
    for at in 0..world.calls.made().len() {
        for fault in Fault::ALL {
            let made = deployed(Strategy::Trunk).await;
            let mut world = World::with_fault(at, fault);
            *world.state() = std::mem::take(&mut *made.state());
            world.records = made.records;
            world.state().repositories.clear();
            let told = settle(async || look(&world).await).await;
            assert_eq!(told.unwrap(), expected, "call {at}, {fault:?}");
        }
    }
}
