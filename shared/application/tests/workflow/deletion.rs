//! A deletion, driven as the state machine drives it.

use application::{
    step::Step as _,
    workflow::{
        buckets::{DeleteArtifactBuckets, EmptyArtifactBuckets, EmptyingProgress},
        check_deletion::{self, CheckDeletion},
        delete_repository::DeleteRepository,
        delete_stack::DeleteStack,
        deletion::{DeletionInput, DeletionProgress, DeletionSummary, StackDeletion},
        prepare_deletion::PrepareDeletion,
        record_deletion::{self, RecordDeletion, RecordedDeletion},
    },
};
use domain::{
    Error, Result,
    deployment::{Deployment, Operation},
    event::Ended,
    ids::DeploymentId,
    names::PIPELINE_TAG,
    pipeline::{Pipeline, PipelineStatus},
    prefix::Prefix,
    strategy::Strategy,
};
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    fixtures::{deployment, environments, later_deployment, pipeline, pipeline_with, prepare_input},
    world::{Bucket, Calls, Fault, Hosted, Stack, World, settle},
};

const STARTED: OffsetDateTime = datetime!(2026-11-22 10:00 UTC);
const CICD_STACK: &str = "dataall-pipeline-sales-k3j9x0ab";
const SUPPORT_STACK: &str = "dataall-pipeline-sales-k3j9x0ab-support-us-east-1";
const REPOSITORY: &str = "dataall-sales-k3j9x0ab";
const BUCKET: &str = "dataall-pipeline-sales-k3j9-artifactsbucket-1";
const SUPPORT_BUCKET: &str = "dataall-pipeline-sales-replicationbucket-1";

/// A pipeline that is deployed and that `deployment()` is about to delete.
fn world(delete_repository: bool) -> World {
    world_of(pipeline(), delete_repository)
}

fn world_of(pipeline: Pipeline, delete_repository: bool) -> World {
    let world = World::default();
    {
        let going = Pipeline {
            status: PipelineStatus::Deleting,
            stack_id: Some(format!("{CICD_STACK}/old")),
            ..pipeline
        };
        world.record(going, [queued(deployment(), delete_repository)], environments());
        let mut state = world.state();
        for (stack, name, logical_id) in [
            (CICD_STACK, BUCKET, "DDKCodePipelineArtifactsBucket1"),
            (
                SUPPORT_STACK,
                SUPPORT_BUCKET,
                "CrossRegionCodePipelineReplicationBucket1",
            ),
        ] {
            let stack = Stack::left(stack, "CREATE_COMPLETE");
            state.buckets.insert(
                name.to_owned(),
                Bucket {
                    stack_id: stack.id.clone(),
                    logical_id: logical_id.to_owned(),
                    objects: 2_500,
                },
            );
            state.stacks.push(stack);
        }
        let repository = Hosted {
            tags: [(PIPELINE_TAG.to_owned(), "k3j9x0ab".to_owned())].into(),
            ..Hosted::default()
        };
        state.repositories.insert(REPOSITORY.to_owned(), repository);
        state
            .artifacts
            .insert("pipelines/k3j9x0ab/rendered.json".to_owned(), Vec::new());
    }
    world
}

fn queued(id: DeploymentId, delete_repository: bool) -> Deployment {
    let Pipeline {
        id: of,
        revision,
        owner,
        ..
    } = pipeline();
    Deployment::queued(id, of, revision, owner, STARTED).deleting(delete_repository)
}

async fn prepare(world: &World, deployment: &DeploymentId) -> Result<DeletionSummary> {
    let step = PrepareDeletion {
        prefix: Prefix::default(),
        platform_account_id: "000000000000".parse().unwrap(),
        records: world,
        stacks: world,
        artifacts: world,
    };
    let mut input = prepare_input();
    input.deployment_id = deployment.clone();
    step.run(input, OffsetDateTime::UNIX_EPOCH).await
}

/// Runs all steps as the state machine does.
async fn run(world: &World, deployment: DeploymentId) -> Result<RecordedDeletion> {
    let deletion = settle(async || prepare(world, &deployment).await).await?;
    let input = DeletionInput {
        deployment_id: deployment.clone(),
        deletion: deletion.clone(),
    };
    empty(world, &input).await?;
    let delete = DeleteStack {
        artifacts: world,
        stacks: world,
    };
    let check = CheckDeletion {
        artifacts: world,
        stacks: world,
    };
    let mut now = STARTED;
    let mut stack: StackDeletion = settle(async || delete.run(input.clone(), STARTED).await).await?;
    loop {
        match stack.progress {
            DeletionProgress::Complete => break,
            DeletionProgress::Next => {
                stack = settle(async || delete.run(input.clone(), STARTED).await).await?;
            }
            DeletionProgress::Blocked => {
                empty(world, &input).await?;
                stack = settle(async || delete.run(input.clone(), STARTED).await).await?;
            }
            DeletionProgress::InProgress => {
                world.tick();
                now += Duration::seconds(5);
                let looked = check_deletion::CheckDeletionInput {
                    deployment_id: deployment.clone(),
                    deletion: deletion.clone(),
                    stack: stack.clone(),
                    started_at: STARTED,
                };
                stack = settle(async || check.run(looked.clone(), now).await).await?;
            }
        }
    }
    while settle(async || {
        DeleteArtifactBuckets {
            artifacts: world,
            buckets: world,
        }
        .run(input.clone(), now)
        .await
    })
    .await?
    .progress
        == EmptyingProgress::InProgress
    {}
    if deletion.delete_repository {
        settle(async || {
            DeleteRepository {
                artifacts: world,
                repositories: world,
            }
            .run(input.clone(), now)
            .await
        })
        .await?;
    }
    let state = json!({
        "pipelineId": "k3j9x0ab", "deploymentId": deployment, "deletion": deletion, "stack": stack,
    });
    let recorded: record_deletion::RecordDeletionInput =
        serde_json::from_value(json!({"executionArn": "arn:execution", "state": state})).unwrap();
    let record = RecordDeletion {
        store: world,
        history: world,
        artifacts: world,
    };
    let first = settle(async || record.run(recorded.clone(), now).await).await?;
    let again = settle(async || record.run(recorded.clone(), now + Duration::hours(1)).await).await?;
    assert_eq!(first, again, "what is announced does not change");
    Ok(again)
}

async fn empty(world: &World, input: &DeletionInput) -> Result<()> {
    while settle(async || {
        EmptyArtifactBuckets {
            artifacts: world,
            buckets: world,
        }
        .run(input.clone(), STARTED)
        .await
    })
    .await?
    .progress
        == EmptyingProgress::InProgress
    {}
    Ok(())
}

/// Only history is left.
fn assert_gone(world: &World, case: &str) {
    let state = world.state();
    assert!(
        state.stacks.iter().all(|stack| stack.status == "DELETE_COMPLETE"),
        "{case}: {:?}",
        state.stacks
    );
    assert!(state.buckets.is_empty(), "{case}: {:?}", state.buckets);
    assert!(
        !state.artifacts.contains_key("pipelines/k3j9x0ab/rendered.json"),
        "{case}"
    );
    let tombstone = world.pipeline();
    assert_eq!(tombstone.status, PipelineStatus::Deleted, "{case}");
    assert_eq!(tombstone.active_deployment, None, "{case}");
    assert_eq!(tombstone.orphans.len(), 2, "{case}");
    let forgotten = tombstone.deleted_at.unwrap() + Duration::days(90);
    let records = world.records.state();
    assert_eq!(records.expiring[&tombstone.id], forgotten, "{case}");
    let mut used = records.environments.values();
    assert!(
        used.all(|environment| environment.pipeline_count == 0),
        "{case}: counted off once"
    );
}

#[tokio::test]
async fn everything_goes_and_the_repository_only_if_asked_for() {
    for delete_repository in [false, true] {
        let world = world(delete_repository);
        let recorded = run(&world, deployment()).await.unwrap();
        assert_gone(&world, "sound");
        let Ended::Deleted(event) = recorded.event else {
            panic!("{:?}", recorded.event);
        };
        assert_eq!(event.deployment.operation, Operation::Delete);
        assert_eq!(event.repository_deleted, delete_repository);
        assert_eq!(
            world.state().repositories.contains_key(REPOSITORY),
            !delete_repository
        );
    }
}

#[tokio::test]
async fn the_one_bucket_of_trunk_and_gitflow_is_emptied_too() {
    for strategy in [Strategy::Trunk, Strategy::Gitflow] {
        let world = world_of(pipeline_with(strategy.as_str()), false);
        {
            let mut state = world.state();
            // The id that the CDK gives to the bucket `Artifacts`.
            state.buckets.get_mut(BUCKET).unwrap().logical_id = "Artifacts82DD59A1".to_owned();
            state.buckets.remove(SUPPORT_BUCKET);
            state.stacks.retain(|stack| stack.name == CICD_STACK);
        }
        run(&world, deployment()).await.unwrap();
        assert_gone(&world, strategy.as_str());
    }
}

#[tokio::test]
async fn a_bucket_that_developers_added_is_left_to_them() {
    let world = world(false);
    let other = "dataall-pipeline-sales-k3j9-data-1";
    let added = Bucket {
        stack_id: format!("{CICD_STACK}/old"),
        logical_id: "Artifacts82DD59A1".to_owned(),
        objects: 1,
    };
    world.state().buckets.insert(other.to_owned(), added);
    prepare(&world, &deployment()).await.unwrap();
    let plans = world.state().artifacts.clone();
    let plan = plans
        .iter()
        .find(|(path, _)| path.ends_with("deletion.json"))
        .unwrap();
    let plan: serde_json::Value = serde_json::from_slice(plan.1).unwrap();
    let buckets: Vec<_> = plan["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| &bucket["name"])
        .collect();
    assert_eq!(buckets, [BUCKET, SUPPORT_BUCKET]);
}

#[tokio::test]
async fn any_call_may_fail_in_any_way() {
    let sound = world(true);
    run(&sound, deployment()).await.unwrap();
    for at in 0..sound.calls.made().len() {
        for fault in Fault::ALL {
            let mut world = world(true);
            world.calls = Calls::with_fault(at, fault);
            let case = format!("call {at} ({}), {fault:?}", sound.calls.made()[at]);
            run(&world, deployment())
                .await
                .unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_gone(&world, &case);
            assert!(world.state().repositories.is_empty(), "{case}");
        }
    }
}

#[tokio::test]
async fn it_can_be_deleted_whatever_state_it_is_in() {
    for status in [
        "ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_IN_PROGRESS",
        "CREATE_FAILED",
        "DELETE_IN_PROGRESS",
        "DELETE_FAILED",
        "DELETE_COMPLETE",
    ] {
        let world = world(false);
        for stack in &mut world.state().stacks {
            stack.status = status.to_owned();
        }
        // The support stack's id is on no record: by its name alone a deleted stack is not found, but by its deployment's.
        let mut earlier = queued(later_deployment(), false);
        earlier.stacks = serde_json::from_value(json!([{
            "name": SUPPORT_STACK, "region": "us-east-1", "stackId": format!("{SUPPORT_STACK}/old"), "action": "CREATED",
        }]))
        .unwrap();
        world.record(world.pipeline(), [earlier], environments());
        run(&world, deployment()).await.unwrap();
        assert_gone(&world, status);
    }
}

#[tokio::test]
async fn a_protected_stack_stops_it_before_anything_is_touched() {
    let world = world(true);
    world.state().stacks[1].protected = true;
    let error = run(&world, deployment()).await.unwrap_err();
    let Error::StackProtected { stack, command } = &error else {
        panic!("{error}");
    };
    assert_eq!(stack, SUPPORT_STACK);
    assert!(command.contains("--region us-east-1 --stack-name"), "{command}");
    assert!(
        world
            .state()
            .buckets
            .values()
            .all(|bucket| bucket.objects == 2_500)
    );
}

#[tokio::test]
async fn what_cannot_be_deleted_is_tried_twice_and_a_later_deletion_resumes() {
    let world = world(false);
    world.state().failing_deletion = true;
    let error = run(&world, deployment()).await.unwrap_err();
    assert_eq!(error.name(), "StackNotDeleted");
    let deletions = world
        .calls
        .made()
        .iter()
        .filter(|call| **call == "DeleteStack")
        .count();
    assert_eq!(deletions, 2);
    assert!(world.state().repositories.contains_key(REPOSITORY));

    {
        world.state().failing_deletion = false;
        world.change_pipeline(|pipeline| pipeline.active_deployment = Some(later_deployment()));
        world.record(
            world.pipeline(),
            [queued(later_deployment(), false)],
            environments(),
        );
    }
    run(&world, later_deployment()).await.unwrap();
    assert_gone(&world, "resumed");
}

#[tokio::test]
async fn what_was_not_made_for_the_pipeline_stays() {
    let world = world(true);
    {
        let mut state = world.state();
        state
            .repositories
            .insert(REPOSITORY.to_owned(), Hosted::default());
        let theirs = Stack {
            id: "theirs".to_owned(),
            role_arn: None,
            ..Stack::left(SUPPORT_STACK, "CREATE_COMPLETE")
        };
        state.stacks[1] = theirs;
        let bucket = Bucket {
            stack_id: format!("{CICD_STACK}/old"),
            logical_id: "DevelopersData".to_owned(),
            objects: 1,
        };
        state
            .buckets
            .insert("dataall-pipeline-developers".to_owned(), bucket);
    }
    run(&world, deployment()).await.unwrap();
    let state = world.state();
    assert!(state.repositories.contains_key(REPOSITORY));
    assert_eq!(state.stacks[1].status, "CREATE_COMPLETE");
    assert_eq!(state.buckets["dataall-pipeline-developers"].objects, 1);
    assert_eq!(state.buckets[SUPPORT_BUCKET].objects, 2_500);
}

#[tokio::test]
async fn gives_up_after_an_hour() {
    let world = world(false);
    let deletion = prepare(&world, &deployment()).await.unwrap();
    let input = DeletionInput {
        deployment_id: deployment(),
        deletion: deletion.clone(),
    };
    let delete = DeleteStack {
        artifacts: &world,
        stacks: &world,
    };
    let stack = delete.run(input.clone(), STARTED).await.unwrap();
    let check = CheckDeletion {
        artifacts: &world,
        stacks: &world,
    };
    let looked = check_deletion::CheckDeletionInput {
        deployment_id: deployment(),
        deletion,
        stack,
        started_at: STARTED,
    };
    let error = check.run(looked, STARTED + Duration::hours(1)).await.unwrap_err();
    assert_eq!(error.name(), "DeletionTimedOut");
    assert!(error.to_string().contains("DELETE_IN_PROGRESS"), "{error}");
}
