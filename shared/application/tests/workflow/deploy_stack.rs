//! `DeployStack` and `CheckStack`, driven as the state machine drives them.

use application::step::Step as _;
use std::collections::BTreeMap;

use application::{
    linked_accounts::stacks::{DeployProgress, StackProgress},
    workflow::{
        check_stack::{self, CheckStack},
        deploy_stack::{self, DeployStack},
        plan::{Plan, PlanSummary},
        render_repository::Rendered,
        running::RunningAction,
    },
};
use domain::{
    Error, Result,
    deployment::StackAction::{self, Created, Unchanged, Updated},
    ids::{DeploymentId, StageName},
    strategy::Strategy,
    tags::Tags,
};
use futures_util::future::join;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    fixtures::{deployment, later_deployment, rendered, rendered_after},
    world::{Calls, Fault, Stack, World, settle},
};

const STARTED: OffsetDateTime = datetime!(2026-11-22 10:00 UTC);
const REPOSITORY: &str = "dataall-sales-k3j9x0ab";
const CICD_STACK: &str = "dataall-pipeline-sales-k3j9x0ab";
const WRITES: [&str; 4] = [
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "ContinueUpdateRollback",
];

/// A deployment that has got as far as its stacks.
struct Run<'w> {
    world: &'w World,
    deployment: DeploymentId,
    plan: PlanSummary,
    rendered: Rendered,
}

impl<'w> Run<'w> {
    async fn new(world: &'w World, deployment: DeploymentId) -> Self {
        Self::after(world, deployment, |_| ()).await
    }

    /// Of a pipeline with a change.
    async fn after(world: &'w World, deployment: DeploymentId, change: impl FnOnce(&mut Plan)) -> Self {
        let (plan, rendered) = rendered_after(world, &deployment, change).await;
        Self {
            world,
            deployment,
            plan,
            rendered,
        }
    }

    async fn deploy(&self) -> Result<StackProgress> {
        self.deploy_at(STARTED).await
    }

    async fn deploy_at(&self, now: OffsetDateTime) -> Result<StackProgress> {
        let input = deploy_stack::DeployStackInput {
            deployment_id: self.deployment.clone(),
            plan: self.plan.clone(),
            rendered: self.rendered.clone(),
            started_at: Some(STARTED),
        };
        DeployStack {
            artifacts: self.world,
            stacks: self.world,
            running: self.world,
        }
        .run(input, now)
        .await
    }

    async fn check(&self, stack: &StackProgress, now: OffsetDateTime) -> Result<StackProgress> {
        let input = check_stack::CheckStackInput {
            deployment_id: self.deployment.clone(),
            plan: self.plan.clone(),
            rendered: self.rendered.clone(),
            stack: stack.clone(),
            started_at: STARTED,
        };
        CheckStack {
            artifacts: self.world,
            stacks: self.world,
        }
        .run(input, now)
        .await
    }

    /// Runs both steps until the state machine would leave them.
    async fn finish(&self) -> Result<StackProgress> {
        let mut stack = settle(async || self.deploy().await).await?;
        for seconds in (5..3600).step_by(5) {
            match stack.progress {
                DeployProgress::Complete => return Ok(stack),
                DeployProgress::Next | DeployProgress::WaitingForRun => {
                    stack = settle(async || self.deploy().await).await?;
                }
                DeployProgress::InProgress => {
                    self.world.tick();
                    let now = STARTED + Duration::seconds(seconds);
                    stack = settle(async || self.check(&stack, now).await).await?;
                }
            }
        }
        Ok(stack)
    }
}

fn actions(progress: &StackProgress) -> Vec<StackAction> {
    progress.stacks.iter().map(|stack| stack.action).collect()
}

/// Name and status of each stack that is there.
fn present(world: &World) -> Vec<(String, String)> {
    let state = world.state();
    let there = state
        .stacks
        .iter()
        .filter(|stack| stack.status != "DELETE_COMPLETE");
    let mut present: Vec<_> = there
        .map(|stack| (stack.name.clone(), stack.status.clone()))
        .collect();
    present.sort();
    present
}

fn writes(world: &World) -> Vec<&'static str> {
    world
        .calls
        .made()
        .into_iter()
        .filter(|call| WRITES.contains(call))
        .collect()
}

#[tokio::test]
async fn creates_the_support_stacks_at_once_and_the_cicd_stack_after_them() {
    let world = World::default();
    let run = Run::new(&world, deployment()).await;
    let first = run.deploy().await.unwrap();
    assert_eq!(
        (first.progress, first.wave, actions(&first)),
        (DeployProgress::InProgress, 1, vec![Created, Created])
    );
    let waiting = run.check(&first, STARTED).await.unwrap();
    assert_eq!(waiting, first);
    world.tick();
    let next = run.check(&first, STARTED).await.unwrap();
    assert_eq!(next.progress, DeployProgress::Next);
    let second = run.deploy().await.unwrap();
    assert_eq!(
        (second.progress, second.wave, actions(&second)),
        (DeployProgress::InProgress, 2, vec![Created; 3])
    );
    world.tick();
    let end = run.check(&second, STARTED).await.unwrap();
    assert_eq!(
        (end.progress, end.stacks),
        (DeployProgress::Complete, second.stacks)
    );
}

/// Whatever the stacks were before, and whichever call fails how, the end is the same.
#[tokio::test]
async fn any_call_may_fail_in_any_way() {
    for before in [
        None,
        Some("ROLLBACK_COMPLETE"),
        Some("UPDATE_ROLLBACK_FAILED"),
        Some("CREATE_COMPLETE"),
    ] {
        let (sound, expected) = deploy_over(before, Calls::default()).await;
        for at in 0..sound.calls.made().len() {
            for fault in Fault::ALL {
                let (world, end) = deploy_over(before, Calls::with_fault(at, fault)).await;
                assert_eq!(end, expected, "{before:?}, call {at}, {fault:?}");
                assert_eq!(
                    present(&world),
                    present(&sound),
                    "{before:?}, call {at}, {fault:?}"
                );
            }
        }
    }
}

/// Deploys over stacks that have the status `before`; once the templates are rendered, `calls` fail.
async fn deploy_over(before: Option<&str>, calls: Calls) -> (World, StackProgress) {
    let mut world = World::default();
    let (plan, rendered) = rendered(&world, &deployment()).await;
    for stack in &rendered.stacks {
        world
            .state()
            .stacks
            .extend(before.map(|status| Stack::left(&stack.name, status)));
    }
    world.calls = calls;
    let run = Run {
        world: &world,
        deployment: deployment(),
        plan,
        rendered,
    };
    let end = run.finish().await.unwrap();
    (world, end)
}

#[tokio::test]
async fn two_at_once_create_each_stack_once() {
    let world = World::default();
    let run = Run::new(&world, deployment()).await;
    let (one, other) = join(
        settle(async || run.deploy().await),
        settle(async || run.deploy().await),
    )
    .await;
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(world.state().stacks.len(), 2);
}

#[tokio::test]
async fn a_redeployment_changes_nothing() {
    let world = World::default();
    Run::new(&world, deployment()).await.finish().await.unwrap();
    for status in ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"] {
        for stack in &mut world.state().stacks {
            stack.status = status.to_owned();
        }
        let again = Run::new(&world, later_deployment()).await.deploy().await.unwrap();
        assert_eq!(
            (again.progress, actions(&again)),
            (DeployProgress::Complete, vec![Unchanged; 3])
        );
        assert!(writes(&world).is_empty());
    }
}

#[tokio::test]
async fn waits_while_the_pipeline_updates_itself() {
    let world = World::default();
    Run::new(&world, deployment()).await.finish().await.unwrap();
    world.state().stacks[2].status = "UPDATE_IN_PROGRESS".to_owned();
    let end = Run::new(&world, later_deployment()).await.finish().await.unwrap();
    assert_eq!(actions(&end), [Unchanged; 3]);
    assert!(writes(&world).is_empty());
}

#[tokio::test]
async fn what_was_never_completed_is_deleted_and_made_anew() {
    for status in [
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "CREATE_FAILED",
        "REVIEW_IN_PROGRESS",
        "DELETE_FAILED",
    ] {
        let world = World::default();
        let run = Run::new(&world, deployment()).await;
        world.state().stacks = run
            .rendered
            .stacks
            .iter()
            .map(|stack| Stack::left(&stack.name, status))
            .collect();
        let end = run.finish().await.unwrap();
        assert_eq!(actions(&end), [Created; 3], "{status}");
        assert!(
            present(&world)
                .iter()
                .all(|(_, status)| status == "CREATE_COMPLETE"),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_stack_that_is_being_deleted_is_awaited_and_made_anew() {
    let world = World::default();
    let run = Run::new(&world, deployment()).await;
    world
        .state()
        .stacks
        .push(Stack::left(CICD_STACK, "DELETE_IN_PROGRESS"));
    assert_eq!(actions(&run.finish().await.unwrap()), [Created; 3]);
}

#[tokio::test]
async fn a_failed_rollback_is_continued_once() {
    let world = World::default();
    Run::new(&world, deployment()).await.finish().await.unwrap();
    world.state().stacks[2].status = "UPDATE_ROLLBACK_FAILED".to_owned();
    let end = Run::new(&world, later_deployment()).await.finish().await.unwrap();
    assert_eq!(actions(&end), [Unchanged; 3]);
    assert_eq!(writes(&world), ["ContinueUpdateRollback"]);
}

#[tokio::test]
async fn says_what_failed_first_and_a_later_deployment_heals_it() {
    let world = World::default();
    world.state().failing_resource = true;
    let run = Run::new(&world, deployment()).await;
    let error = run.finish().await.unwrap_err();
    assert!(
        matches!(&error, Error::StackFailed { status, .. } if status == "ROLLBACK_COMPLETE"),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .ends_with("Bucket (AWS::S3::Bucket): the name is taken"),
        "{error}"
    );
    // If the step runs once more, late, it does not retry what has failed.
    world.calls.forget();
    assert_eq!(run.deploy().await.unwrap().progress, DeployProgress::InProgress);
    assert!(writes(&world).is_empty());

    world.state().failing_resource = false;
    let healed = Run::new(&world, later_deployment()).await.finish().await.unwrap();
    assert_eq!(actions(&healed), [Created; 3]);
}

#[tokio::test]
async fn a_stack_that_the_cdk_did_not_make_is_left_alone() {
    for role_arn in [None, Some("arn:aws:iam::111111111111:role/theirs".to_owned())] {
        let world = World::default();
        let run = Run::new(&world, deployment()).await;
        for status in ["CREATE_COMPLETE", "ROLLBACK_COMPLETE"] {
            let role_arn = role_arn.clone();
            let theirs = Stack {
                role_arn,
                ..Stack::left(CICD_STACK, status)
            };
            world.state().stacks.retain(|stack| stack.name != CICD_STACK);
            world.state().stacks.push(theirs.clone());
            assert_eq!(run.finish().await.unwrap_err().name(), "StackNotOurs");
            assert!(world.state().stacks.contains(&theirs));
        }
    }
}

#[tokio::test]
async fn a_stack_that_disappears_is_made_anew() {
    let world = World::default();
    let run = Run::new(&world, deployment()).await;
    let begun = run.deploy().await.unwrap();
    world.state().stacks.clear();
    assert_eq!(
        run.check(&begun, STARTED).await.unwrap().progress,
        DeployProgress::Next
    );
}

#[tokio::test]
async fn gives_up_after_an_hour_and_a_half() {
    let world = World::default();
    let run = Run::new(&world, deployment()).await;
    let begun = run.deploy().await.unwrap();
    let just_in_time = STARTED + Duration::minutes(90) - Duration::milliseconds(1);
    assert_eq!(
        run.check(&begun, just_in_time).await.unwrap().progress,
        DeployProgress::InProgress
    );
    let error = run
        .check(&begun, STARTED + Duration::minutes(90))
        .await
        .unwrap_err();
    assert_eq!(error.name(), "DeploymentTimedOut");
    assert!(error.to_string().contains("CREATE_IN_PROGRESS"), "{error}");
    // What is there in time counts, however late one looks.
    world.tick();
    assert_eq!(
        run.check(&begun, STARTED + Duration::hours(2))
            .await
            .unwrap()
            .progress,
        DeployProgress::Next
    );
}

/// The strategy whose stack is the platform's alone.
fn trunk(plan: &mut Plan) {
    plan.blueprint.strategy = Strategy::Trunk;
}

fn trunk_with_a_stage(plan: &mut Plan) {
    trunk(plan);
    let mut stage = plan.blueprint.stages[0].clone();
    stage.name = StageName::parse("staging").unwrap();
    plan.blueprint.stages.push(stage);
}

/// The stack of a trunk pipeline as its first deployment leaves it.
async fn trunk_deployed() -> World {
    let world = World::default();
    Run::after(&world, deployment(), trunk)
        .await
        .finish()
        .await
        .unwrap();
    world
}

#[tokio::test]
async fn a_stack_of_ours_is_updated_where_it_differs_and_only_there() {
    let world = trunk_deployed().await;
    let same = Run::after(&world, later_deployment(), trunk).await;
    assert_eq!(actions(&same.finish().await.unwrap()), [Unchanged]);
    assert_eq!(writes(&world), [""; 0]);
    let id = DeploymentId::parse("01k9v3xv0m0000000000000003").unwrap();
    let edited = Run::after(&world, id, trunk_with_a_stage).await;
    assert_eq!(actions(&edited.finish().await.unwrap()), [Updated]);
    assert_eq!(writes(&world), ["UpdateStack"]);
    // Twice is once.
    assert_eq!(actions(&edited.finish().await.unwrap()), [Updated]);
    assert_eq!(writes(&world), ["UpdateStack"]);
}

#[tokio::test]
async fn what_cloudformation_does_not_tell_is_updated_as_well() {
    let world = World::default();
    let cities = ["Z\u{fc}rich", "Z\u{fc}rich", "Z\u{f6}rich"];
    for (number, (city, expected)) in cities.into_iter().zip([Created, Unchanged, Updated]).enumerate() {
        let id = DeploymentId::parse(format!("01k9v3xv0m000000000000000{number}")).unwrap();
        let run = Run::after(&world, id, |plan| {
            trunk(plan);
            let tags = BTreeMap::from([("city".to_owned(), city.to_owned())]);
            plan.blueprint.tags = Tags::try_from(tags).unwrap();
        })
        .await;
        assert_eq!(actions(&run.finish().await.unwrap()), [expected]);
    }
    assert!(world.state().stacks[0].template.contains("Z\u{f6}rich"));
}

#[tokio::test]
async fn an_update_that_is_undone_is_a_failure_and_a_later_deployment_heals_it() {
    let world = trunk_deployed().await;
    world.state().failing_resource = true;
    let edited = Run::after(&world, later_deployment(), trunk_with_a_stage).await;
    for _ in 0..2 {
        let error = edited.finish().await.unwrap_err();
        assert!(
            matches!(&error, Error::StackFailed { status, .. } if status == "UPDATE_ROLLBACK_COMPLETE"),
            "{error}"
        );
    }
    assert_eq!(writes(&world), ["UpdateStack"]);
    world.state().failing_resource = false;
    let id = DeploymentId::parse("01k9v3xv0m0000000000000003").unwrap();
    let again = Run::after(&world, id, trunk_with_a_stage).await;
    assert_eq!(actions(&again.finish().await.unwrap()), [Updated]);
}

#[tokio::test]
async fn what_others_began_is_awaited_before_a_stack_of_ours_is_updated() {
    for status in ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"] {
        let world = trunk_deployed().await;
        status.clone_into(&mut world.state().stacks[0].status);
        let edited = Run::after(&world, later_deployment(), trunk_with_a_stage).await;
        assert_eq!(actions(&edited.finish().await.unwrap()), [Updated], "{status}");
    }
}

#[tokio::test]
async fn any_call_of_an_update_may_fail_in_any_way() {
    let sound = trunk_deployed().await;
    let run = Run::after(&sound, later_deployment(), trunk_with_a_stage).await;
    run.finish().await.unwrap();
    for at in 0..sound.calls.made().len() {
        for fault in Fault::ALL {
            let before = trunk_deployed().await;
            let prepared = Run::after(&before, later_deployment(), trunk_with_a_stage).await;
            let world = World::with_fault(at, fault);
            *world.state() = std::mem::take(&mut *before.state());
            let run = Run {
                world: &world,
                deployment: prepared.deployment.clone(),
                plan: prepared.plan.clone(),
                rendered: prepared.rendered.clone(),
            };
            let progress = run.finish().await.unwrap();
            assert_eq!(actions(&progress), [Updated], "call {at}, {fault:?}");
            assert_eq!(world.state().stacks, sound.state().stacks, "call {at}, {fault:?}");
        }
    }
}

fn gitflow(plan: &mut Plan) {
    plan.blueprint.strategy = Strategy::Gitflow;
}

/// A build that deploys a stage.
fn build() -> RunningAction {
    RunningAction {
        run: "e-1".to_owned(),
        stage: "Deploy-dev".to_owned(),
        action: "Deploy".to_owned(),
    }
}

fn begin_run(world: &World, code_pipeline: &str) {
    world.state().running.insert(code_pipeline.to_owned(), build());
}

#[tokio::test]
async fn an_update_waits_until_nothing_is_under_way() {
    let world = trunk_deployed().await;
    let edited = Run::after(&world, later_deployment(), trunk_with_a_stage).await;
    begin_run(&world, REPOSITORY);
    for _ in 0..2 {
        let waiting = edited.deploy().await.unwrap();
        assert_eq!(
            (waiting.progress, actions(&waiting)),
            (DeployProgress::WaitingForRun, vec![Unchanged])
        );
    }
    assert_eq!(writes(&world), [""; 0]);
    world.state().running.clear();
    assert_eq!(actions(&edited.finish().await.unwrap()), [Updated]);
    assert_eq!(writes(&world), ["UpdateStack"]);
    // What runs now is what the update brought.
    begin_run(&world, REPOSITORY);
    assert_eq!(edited.deploy().await.unwrap().progress, DeployProgress::Complete);
}

#[tokio::test]
async fn an_update_waits_for_a_run_of_an_hour_and_then_says_how_to_stop_it() {
    let world = trunk_deployed().await;
    let edited = Run::after(&world, later_deployment(), trunk_with_a_stage).await;
    begin_run(&world, REPOSITORY);
    let late = STARTED + Duration::minutes(60);
    let just_in_time = edited.deploy_at(late - Duration::milliseconds(1)).await.unwrap();
    assert_eq!(just_in_time.progress, DeployProgress::WaitingForRun);
    let error = edited.deploy_at(late).await.unwrap_err();
    assert_eq!((error.name(), error.retryable()), ("RunUnderWay", false));
    for part in [
        REPOSITORY,
        "Deploy-dev/Deploy",
        "/pipelines/k3j9x0ab/runs/e-1/stop",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
    // A run that has ended by then keeps nobody up, and the update has its time.
    world.state().running.clear();
    let begun = edited.deploy_at(late).await.unwrap();
    assert_eq!(begun.progress, DeployProgress::InProgress);
    let checked = edited.check(&begun, late + Duration::minutes(29)).await.unwrap();
    assert_eq!(checked.progress, DeployProgress::InProgress);
}

#[tokio::test]
async fn a_stage_that_goes_is_not_cut_off_either() {
    let world = World::default();
    let first = Run::after(&world, deployment(), gitflow).await;
    first.finish().await.unwrap();
    let shrunk = Run::after(&world, later_deployment(), |plan| {
        gitflow(plan);
        plan.blueprint.stages.pop();
    })
    .await;
    begin_run(&world, "dataall-sales-k3j9x0ab-prod");
    assert_eq!(
        shrunk.deploy().await.unwrap().progress,
        DeployProgress::WaitingForRun
    );
}

#[tokio::test]
async fn who_updates_nothing_asks_nothing_and_waits_for_nothing() {
    let unicode = |plan: &mut Plan| {
        trunk(plan);
        let tags = BTreeMap::from([("city".to_owned(), "Z\u{fc}rich".to_owned())]);
        plan.blueprint.tags = Tags::try_from(tags).unwrap();
    };
    let cdk_trunk = |_: &mut Plan| ();
    for change in [&cdk_trunk as &dyn Fn(&mut Plan), &trunk, &gitflow, &unicode] {
        let world = World::default();
        let first = Run::after(&world, deployment(), change).await;
        first.finish().await.unwrap();
        begin_run(&world, REPOSITORY);
        begin_run(&world, "dataall-sales-k3j9x0ab-dev");
        let again = Run::after(&world, later_deployment(), change).await;
        assert_eq!(again.deploy().await.unwrap().progress, DeployProgress::Complete);
        assert!(!world.calls.made().contains(&"GetPipelineState"));
    }
}
