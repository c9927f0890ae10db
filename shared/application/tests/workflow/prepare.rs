use application::{
    artifacts::{ArtifactsPrefix, get_json},
    step::Step as _,
    workflow::{plan::Plan, prepare::Prepare},
};
use domain::{
    Error,
    account::AccountId,
    deployment::{Deployment, DeploymentStatus},
    prefix::Prefix,
    revision::Revision,
};
use rendering::application::CLI_VERSION;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    fixtures::{self, CICD, DEV, PROD, deployment, prepare_input},
    world::{Account, Fault, World, settle, trust},
};

fn world() -> World {
    ready(World::default())
}

/// All accounts are ready for the pipeline.
fn ready(world: World) -> World {
    {
        let pipeline = fixtures::pipeline();
        let queued = Deployment::queued(
            deployment(),
            pipeline.id.clone(),
            pipeline.revision,
            pipeline.owner.clone(),
            prepare_input().started_at,
        );
        world.record(pipeline, [queued], fixtures::environments());
        let mut state = world.state();
        for account in [CICD, DEV, PROD] {
            let trust = trust(
                &json!({"AWS": [format!("arn:aws:iam::{account}:root"), format!("arn:aws:iam::{CICD}:root")]}),
            );
            state.accounts.insert(
                account.to_owned(),
                Account {
                    version: Some("21".to_owned()),
                    trust: Some(trust),
                },
            );
        }
    }
    world
}

fn step(world: &World) -> Prepare<&World, &World, &World> {
    Prepare {
        prefix: Prefix::default(),
        platform_account_id: AccountId::parse("000000000000").unwrap(),
        records: world,
        accounts: world,
        artifacts: world,
    }
}

async fn refusal(world: &World) -> Error {
    let error = step(world)
        .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
        .await
        .unwrap_err();
    assert!(
        world.state().artifacts.is_empty(),
        "a refused deployment has no plan"
    );
    error
}

#[tokio::test]
async fn freezes_the_resolved_pipeline() {
    let world = world();
    let summary = step(&world)
        .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
        .await
        .unwrap();
    assert_eq!(
        serde_json::to_value(&summary).unwrap(),
        json!({"pipelineId": "k3j9x0ab", "cicdAccountId": CICD, "cicdRegion": "eu-west-1", "strategy": "cdk-trunk",
               "stages": ["dev", "prod"],
               "environments": {"env-cicd0001": {"bootstrapQualifier": "hnb659fds"},
                                "env-dev00001": {"bootstrapQualifier": "hnb659fds"},
                                "env-prod0001": {"bootstrapQualifier": "hnb659fds"}},
               "artifactsPrefix": format!("deployments/{}", deployment()),
               "event": {"version": "1", "pipelineId": "k3j9x0ab", "pipelineName": "sales", "team": "research",
                         "strategy": "cdk-trunk", "deploymentId": deployment(), "operation": "DEPLOY", "revision": 1,
                         "requestedBy": "alice", "executionArn": prepare_input().execution_arn,
                         "startedAt": "2026-11-22T10:00:00Z"}})
    );
    let plan: Plan = get_json(&&world, &ArtifactsPrefix::of(&deployment()).plan())
        .await
        .unwrap();
    let targets: Vec<_> = plan
        .blueprint
        .stages
        .iter()
        .map(|stage| stage.target.region.as_str())
        .collect();
    assert_eq!(targets, ["eu-west-1", "us-east-1"]);
    assert_eq!(plan.blueprint.description.as_str(), "Sales' \"ingestion\"");
    assert_eq!(
        plan.cicd.role_arn(),
        format!("arn:aws:iam::{CICD}:role/dataall-environment-eu-west-1")
    );
    let running = world.records.state().deployments[deployment().as_str()].clone();
    assert_eq!(running.status, DeploymentStatus::Running);
    assert_eq!(running.execution_arn, Some(prepare_input().execution_arn));
    assert_eq!(
        world.pipeline().last_deployment.unwrap().status,
        DeploymentStatus::Running
    );
}

#[tokio::test]
async fn any_call_may_fail_in_any_way() {
    let sound = world();
    let expected = step(&sound)
        .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
        .await
        .unwrap();
    for at in 0..sound.calls.made().len() {
        for fault in Fault::ALL {
            let world = ready(World::with_fault(at, fault));
            let summary = settle(async || {
                step(&world)
                    .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
                    .await
            })
            .await
            .unwrap();
            assert_eq!(summary, expected, "call {at}, {fault:?}");
            assert_eq!(
                world.state().artifacts,
                sound.state().artifacts,
                "call {at}, {fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn names_every_account_that_is_not_bootstrapped() {
    let world = world();
    world.state().accounts.get_mut(CICD).unwrap().version = Some("5".to_owned());
    world.state().accounts.insert(DEV.to_owned(), Account::default());
    let others = json!({"AWS": ["arn:aws:iam::444444444444:root", format!("arn:aws:iam::{PROD}:root")]});
    world.state().accounts.get_mut(PROD).unwrap().trust = Some(trust(&others));
    let Error::EnvironmentNotBootstrapped { detail, command } = refusal(&world).await else {
        panic!("another error")
    };
    let policy = "--cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess";
    let commands: Vec<_> = command.lines().collect();
    assert_eq!(
        commands,
        [
            format!("npx aws-cdk@{CLI_VERSION} bootstrap aws://{CICD}/eu-west-1 {policy}"),
            format!("npx aws-cdk@{CLI_VERSION} bootstrap aws://{DEV}/eu-west-1 --trust {CICD} {policy}"),
            // --trust replaces: whoever is trusted already stays trusted.
            format!(
                "npx aws-cdk@{CLI_VERSION} bootstrap aws://{PROD}/us-east-1 --trust {CICD} --trust 444444444444 {policy}"
            ),
        ]
    );
    for words in [
        "too old",
        "is not bootstrapped",
        "does not trust the CICD account",
    ] {
        assert!(detail.contains(words), "{detail}");
    }
}

#[tokio::test]
async fn names_qualifier_and_toolkit_stack_of_another_bootstrap() {
    let world = world();
    let qualifier = serde_json::from_value(json!("team1")).unwrap();
    {
        let mut records = world.records.state();
        let dev = records.environments.get_mut("env-dev00001").unwrap();
        dev.bootstrap_qualifier = qualifier;
    }
    world.state().accounts.insert(DEV.to_owned(), Account::default());
    let message = refusal(&world).await.to_string();
    assert!(message.contains("/cdk-bootstrap/team1/version"), "{message}");
    assert!(
        message.contains("--qualifier team1 --toolkit-stack-name CDKToolkit-team1 --trust"),
        "{message}"
    );
}

#[tokio::test]
async fn reads_trust_in_every_form_that_iam_writes() {
    let trusting = [
        json!({"AWS": CICD}),
        json!({"AWS": format!("arn:aws:iam::{CICD}:root")}),
        json!({"AWS": ["arn:aws:iam::444444444444:root", format!("arn:aws:iam::{CICD}:root")]}),
        json!({"AWS": "*"}),
        json!("*"),
        json!({"Service": "codepipeline.amazonaws.com", "AWS": [CICD]}),
    ];
    let others = [
        json!({"AWS": DEV}),
        json!({"AWS": format!("arn:aws:iam::{CICD}:role/somebody")}),
        json!({"Service": "codepipeline.amazonaws.com"}),
        json!({"AWS": []}),
    ];
    let cases = trusting
        .iter()
        .map(|case| (case, true))
        .chain(others.iter().map(|case| (case, false)));
    for (principal, trusted) in cases {
        let world = world();
        world.state().accounts.get_mut(DEV).unwrap().trust = Some(trust(principal));
        let result = step(&world)
            .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
            .await;
        assert_eq!(result.is_ok(), trusted, "{principal}");
    }
}

#[tokio::test]
async fn a_denial_or_another_action_is_no_trust() {
    let statements: [Value; 3] = [
        json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": CICD}}),
        json!({"Effect": "Allow", "Action": "sts:TagSession", "Principal": {"AWS": CICD}}),
        json!([]),
    ];
    for statement in statements {
        let world = world();
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        world.state().accounts.get_mut(DEV).unwrap().trust = Some(policy);
        assert_eq!(
            refusal(&world).await.name(),
            "EnvironmentNotBootstrapped",
            "{statement}"
        );
    }
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_named_with_its_environment_and_stack() {
    let world = world();
    world.state().accounts.remove(PROD);
    world.state().accounts.insert(DEV.to_owned(), Account::default());
    let error = refusal(&world).await;
    assert_eq!(error.name(), "EnvironmentRoleNotAssumable");
    let message = error.to_string();
    let role = format!("arn:aws:iam::{PROD}:role/dataall-environment-us-east-1");
    let externals = fixtures::environments()[0].external_id.to_string();
    for words in [
        &role,
        "env-prod0001",
        "not authorized",
        "--stack-name dataall-environment",
        &format!("npx aws-cdk@{CLI_VERSION} bootstrap"),
    ] {
        assert!(message.contains(words), "{words} in {message}");
    }
    assert!(!message.contains(&externals), "other teams read this");
}

#[tokio::test]
async fn a_deployment_that_does_not_hold_the_pipeline_does_nothing() {
    let world = world();
    world.change_pipeline(|pipeline| pipeline.active_deployment = Some(fixtures::later_deployment()));
    assert_eq!(refusal(&world).await.name(), "DeploymentSuperseded");
    assert_eq!(world.calls.made(), ["pipeline", "deployment"]);
}

#[tokio::test]
async fn a_record_older_than_the_revision_to_deploy_is_refused() {
    let world = world();
    let input = application::workflow::prepare::PrepareInput {
        revision: Revision(2),
        ..prepare_input()
    };
    assert_eq!(
        step(&world)
            .run(input, OffsetDateTime::UNIX_EPOCH)
            .await
            .unwrap_err()
            .name(),
        "Internal"
    );
}
