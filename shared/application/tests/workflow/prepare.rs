use std::collections::BTreeMap;

use application::{
    artifacts::{ArtifactsPrefix, get_json},
    linked_accounts::bootstrap::StackSettings,
    step::Step as _,
    workflow::{plan::Plan, prepare::Prepare},
};
use domain::{
    Error,
    account::{AccountId, Target},
    deployment::{Deployment, DeploymentStatus},
    prefix::Prefix,
    revision::Revision,
};
use rendering::application::CLI_VERSION;
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    fixtures::{self, CICD, DEV, PROD, deployment, prepare_input},
    world::{Account, Fault, World, bootstrap, role, settle},
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
            let stacks = [
                ("dataall-environment", role("self-mutating")),
                ("CDKToolkit", bootstrap("21", &[("TrustedAccounts", CICD)])),
            ];
            let stacks = stacks.map(|(name, stack)| (name.to_owned(), stack));
            state.accounts.insert(account.to_owned(), Account::from(stacks));
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

/// Replaces the bootstrap of an account; none takes it away.
fn bootstrapped(world: &World, account: &str, name: &str, stack: Option<StackSettings>) {
    let mut state = world.state();
    let stacks = state.accounts.get_mut(account).unwrap();
    stacks.retain(|name, _| !name.starts_with("CDKToolkit"));
    stacks.extend(stack.map(|stack| (name.to_owned(), stack)));
}

/// The error's details and its commands.
async fn commands(world: &World) -> (String, Vec<String>) {
    let Error::EnvironmentNotBootstrapped { detail, command } = refusal(world).await else {
        panic!("another error")
    };
    (detail, command.lines().map(str::to_owned).collect())
}

const ADMINISTRATOR: &str = "--cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess";

#[tokio::test]
async fn names_every_account_that_is_not_bootstrapped() {
    let world = world();
    bootstrapped(&world, CICD, "CDKToolkit", Some(bootstrap("5", &[])));
    bootstrapped(&world, DEV, "CDKToolkit", None);
    let others = bootstrap("21", &[("TrustedAccounts", &format!("444444444444, {PROD}"))]);
    bootstrapped(&world, PROD, "CDKToolkit", Some(others));
    let (detail, commands) = commands(&world).await;
    assert_eq!(
        commands,
        [
            // Its own pipelines need no trust, and what the stack does not name it keeps.
            format!("npx aws-cdk@{CLI_VERSION} bootstrap aws://{CICD}/eu-west-1"),
            format!(
                "npx aws-cdk@{CLI_VERSION} bootstrap aws://{DEV}/eu-west-1 --trust {CICD} {ADMINISTRATOR}"
            ),
            // --trust replaces: whoever is trusted already stays trusted. Without policies the CDK has given these, and asks.
            format!(
                "npx aws-cdk@{CLI_VERSION} bootstrap aws://{PROD}/us-east-1 --trust {CICD} --trust 444444444444 {ADMINISTRATOR}"
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
async fn a_bootstrap_keeps_its_policies_its_boundary_and_its_stack() {
    let world = world();
    world
        .state()
        .accounts
        .get_mut(DEV)
        .unwrap()
        .get_mut("dataall-environment")
        .unwrap()
        .parameters = BTreeMap::from([("BootstrapStackName".to_owned(), "Toolkit".to_owned())]);
    let parameters = [
        (
            "CloudFormationExecutionPolicies",
            "arn:aws:iam::222222222222:policy/narrow",
        ),
        ("InputPermissionsBoundary", "bounds/all"),
    ];
    bootstrapped(&world, DEV, "Toolkit", Some(bootstrap("21", &parameters)));
    let (_, commands) = commands(&world).await;
    assert_eq!(
        commands,
        [format!(
            "npx aws-cdk@{CLI_VERSION} bootstrap aws://{DEV}/eu-west-1 --toolkit-stack-name Toolkit \
             --custom-permissions-boundary bounds/all --trust {CICD}"
        )]
    );
}

#[tokio::test]
async fn a_first_bootstrap_gets_the_environments_boundary() {
    let world = world();
    bootstrapped(&world, DEV, "CDKToolkit", None);
    for (boundary, option) in [
        (json!("bounds/all"), " --custom-permissions-boundary bounds/all"),
        (
            json!(format!("arn:aws:iam::{DEV}:policy/bounds/all")),
            " --custom-permissions-boundary bounds/all",
        ),
        // The CDK takes policies of the account itself alone.
        (json!("arn:aws:iam::aws:policy/PowerUserAccess"), ""),
    ] {
        {
            let mut records = world.records.state();
            let dev = records.environments.get_mut("env-dev00001").unwrap();
            dev.permissions_boundary = serde_json::from_value(boundary).unwrap();
        }
        let (_, commands) = commands(&world).await;
        assert_eq!(
            commands,
            [format!(
                "npx aws-cdk@{CLI_VERSION} bootstrap aws://{DEV}/eu-west-1{option} --trust {CICD} {ADMINISTRATOR}"
            )]
        );
    }
}

/// The commands are read by other teams, who may hand them on: an owner puts nothing into them.
#[tokio::test]
async fn words_of_an_accounts_owner_do_not_get_into_commands() {
    let world = world();
    let parameters = [
        ("TrustedAccounts", "444444444444,$(evil)"),
        ("CloudFormationExecutionPolicies", "; evil"),
        ("InputPermissionsBoundary", "x; evil"),
    ];
    bootstrapped(&world, DEV, "CDKToolkit", Some(bootstrap("21", &parameters)));
    let (_, commands) = commands(&world).await;
    assert_eq!(
        commands,
        [format!(
            "npx aws-cdk@{CLI_VERSION} bootstrap aws://{DEV}/eu-west-1 --trust {CICD} --trust 444444444444"
        )]
    );
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
    // There is one of the default qualifier.
    let (detail, commands) = commands(&world).await;
    assert!(detail.contains("with the qualifier team1"), "{detail}");
    assert!(
        commands[0].contains("--qualifier team1 --toolkit-stack-name CDKToolkit-team1 --trust"),
        "{commands:?}"
    );
    let mut found = bootstrap("21", &[("TrustedAccounts", CICD)]);
    found
        .parameters
        .insert("Qualifier".to_owned(), "team1".to_owned());
    bootstrapped(&world, DEV, "CDKToolkit-team1", Some(found));
    step(&world)
        .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_the_cicd_accounts_owner_does_not_allow_is_named_with_the_command() {
    for (allowed, strategy, needed) in [
        ("none", "trunk", Some("delivering")),
        ("delivering", "trunk", None),
        ("delivering", "cdk-trunk", Some("self-mutating")),
        ("self-mutating", "cdk-trunk", None),
    ] {
        let world = world();
        for (account, allowed) in [(CICD, allowed), (DEV, "none"), (PROD, "none")] {
            let mut state = world.state();
            let stacks = state.accounts.get_mut(account).unwrap();
            stacks.insert("dataall-environment".to_owned(), role(allowed));
        }
        world
            .change_pipeline(|pipeline| pipeline.strategy = serde_json::from_value(json!(strategy)).unwrap());
        let answer = step(&world)
            .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
            .await;
        let Some(needed) = needed else {
            answer.unwrap();
            continue;
        };
        let Err(Error::PipelinesNotAllowed { detail, command }) = answer else {
            panic!("{allowed}, {strategy}: {answer:?}")
        };
        assert!(detail.contains(&format!("says Pipelines={allowed}")), "{detail}");
        assert!(
            command.ends_with(&format!("ParameterKey=Pipelines,ParameterValue={needed}")),
            "{command}"
        );
    }
}

#[tokio::test]
async fn a_boundary_that_the_cicd_accounts_role_does_not_have_is_named_with_the_command() {
    let arn = |account: &str| format!("arn:aws:iam::{account}:policy/bounds/all");
    let deployed = |account: &str, boundary: &str| {
        let mut role = role("self-mutating");
        role.parameters
            .insert("PermissionsBoundary".to_owned(), boundary.to_owned());
        (account.to_owned(), role)
    };
    for (found, wanted, said) in [
        (arn(CICD), Some("bounds/all"), None),
        (String::new(), None, None),
        (
            String::new(),
            Some("bounds/all"),
            Some(format!(
                "have no permissions boundary, and the environment is to have the permissions boundary {}",
                arn(CICD)
            )),
        ),
        (
            arn(CICD),
            None,
            Some(format!(
                "have the permissions boundary {}, and the environment is to have no permissions boundary",
                arn(CICD)
            )),
        ),
        (
            "x. Run: evil".to_owned(),
            None,
            Some("have a permissions boundary with an impossible name, and".to_owned()),
        ),
    ] {
        let world = world();
        // What bounds the role of a mere stage is no matter of a pipeline's.
        for (account, role) in [deployed(CICD, &found), deployed(DEV, &arn(DEV))] {
            let mut state = world.state();
            let stacks = state.accounts.get_mut(account.as_str()).unwrap();
            stacks.insert("dataall-environment".to_owned(), role);
        }
        {
            let mut records = world.records.state();
            let cicd = records.environments.get_mut("env-cicd0001").unwrap();
            cicd.permissions_boundary = wanted.map(|wanted| wanted.parse().unwrap());
        }
        let Some(said) = said else {
            step(&world)
                .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
                .await
                .unwrap();
            continue;
        };
        let error = refusal(&world).await.to_string();
        let value = wanted.map(|_| arn(CICD)).unwrap_or_default();
        assert!(error.contains(&said), "{error}");
        assert!(
            error.ends_with(&format!(" ParameterKey=Pipelines,UsePreviousValue=true ParameterKey=PermissionsBoundary,ParameterValue={value}")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_roles_of_a_pipeline_are_bounded_whether_or_not_its_owner_names_a_policy() {
    for (own, expected) in [
        (None, "dataall-environment-boundary-eu-west-1"),
        (Some("bounds/all"), "bounds/all"),
    ] {
        let world = world();
        {
            let mut records = world.records.state();
            let cicd = records.environments.get_mut("env-cicd0001").unwrap();
            cicd.permissions_boundary = own.map(|own| own.parse().unwrap());
        }
        step(&world)
            .run(prepare_input(), OffsetDateTime::UNIX_EPOCH)
            .await
            .unwrap();
        let plan: Plan = get_json(&&world, &ArtifactsPrefix::of(&deployment()).plan())
            .await
            .unwrap();
        let bounded = |target: &Target| target.permissions_boundary.as_ref().map(ToString::to_string);
        assert_eq!(bounded(&plan.blueprint.cicd).as_deref(), Some(expected));
        // What stands in the stages is the application's.
        for stage in &plan.blueprint.stages {
            assert_eq!(bounded(&stage.target), None);
        }
    }
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_named_with_its_environment_and_stack() {
    let world = world();
    world.state().accounts.remove(PROD);
    bootstrapped(&world, DEV, "CDKToolkit", None);
    let error = refusal(&world).await;
    assert_eq!(error.name(), "EnvironmentRoleNotAssumable");
    let message = error.to_string();
    let role = format!("arn:aws:iam::{PROD}:role/dataall-environment-us-east-1");
    let externals = fixtures::environments()[0].external_id.to_string();
    for words in [
        &role,
        "env-prod0001",
        "not authorized",
        "Its team research finds the command in GET /environments/env-prod0001",
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
