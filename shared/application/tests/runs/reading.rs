//! What callers read of runs.

use application::{
    pipelines::{
        get::{self, Shown},
        list_branches::CommitFound,
    },
    runs::{
        ActionStatus, RunFacts,
        get::{RunDetails, get},
        list::{Runs, RunsPosition, RunsRequest, list},
        trigger::TriggerKind,
    },
};
use domain::{Error, Result, delivery::RunStatus, permissions::Caller, pipeline::PipelineStatus};
use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

use crate::world::{World, action, caller, pipeline_id, platform, run, run_id};

const PIPELINE: &str = "dataall-sales-k3j9x0ab";

async fn page(world: &World, caller: &Caller, limit: usize, start: Option<RunsPosition>) -> Result<Runs> {
    let request = RunsRequest { limit, start };
    list(world, world, world, &platform(), caller, &pipeline_id(), &request).await
}

async fn read(world: &World, number: u32) -> Result<RunDetails> {
    let (alice, run) = (caller("alice", "research"), run_id(number));
    get(
        world,
        world,
        world,
        world,
        &platform(),
        &alice,
        (&pipeline_id(), &run),
    )
    .await
}

#[tokio::test]
async fn a_run_says_what_started_it_what_it_delivers_and_where_it_is_shown() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), vec![run(1, 5)]);
    world.state().commits = vec![CommitFound {
        id: "c1".to_owned(),
        message: "Add a bucket\n\nIt is needed.\n".to_owned(),
        author: Some("Alice".to_owned()),
        committed_at: None,
    }];
    let [found] = &page(&world, &caller("alice", "research"), 20, None)
        .await
        .unwrap()
        .items[..]
    else {
        panic!("one run")
    };
    assert_eq!(
        (found.run_id.as_str(), found.status),
        (run_id(1).as_str(), RunStatus::Succeeded)
    );
    assert_eq!(
        (found.code_pipeline.as_str(), found.branch.as_str()),
        (PIPELINE, "main")
    );
    assert_eq!((found.trigger.kind, &found.stage), (TriggerKind::Push, &None));
    assert!(found.ended_at.is_some() && found.ended_at == found.updated_at);
    let commit = found.commit.clone().unwrap();
    assert_eq!(commit.message.as_deref(), Some("Add a bucket\n\nIt is needed."));
    assert_eq!(commit.author.as_deref(), Some("Alice"));
    assert_eq!(
        found.console_url,
        format!(
            "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{PIPELINE}/executions/{}/timeline\
             ?region=eu-west-1",
            run_id(1)
        )
    );
}

#[tokio::test]
async fn runs_are_told_without_authors_where_the_role_is_older_than_the_platform() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), vec![run(1, 5)]);
    world.state().commits_denied = true;
    let runs = page(&world, &caller("alice", "research"), 20, None)
        .await
        .unwrap();
    let commit = runs.items[0].commit.clone().unwrap();
    assert_eq!(
        (commit.message.as_deref(), commit.author),
        (Some("Summary 1"), None)
    );
}

#[tokio::test]
async fn a_run_says_why_it_was_stopped() {
    let world = World::new("trunk");
    let stopped = RunFacts {
        status: RunStatus::Stopped,
        stop_reason: Some("not now".to_owned()),
        ..run(1, 5)
    };
    world
        .state()
        .runs
        .insert(PIPELINE.to_owned(), vec![run(2, 6), stopped]);
    let reason = read(&world, 1).await.unwrap().run.stop_reason;
    assert_eq!(reason.as_deref(), Some("not now"));
    assert_eq!(read(&world, 2).await.unwrap().run.stop_reason, None);
}

#[tokio::test]
async fn whoever_owns_a_stage_s_environment_reads_runs_and_nobody_else() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), vec![run(1, 5)]);
    for team in ["research", "platform", "devs", "ops", "platform-admins"] {
        assert_eq!(
            page(&world, &caller("x", team), 20, None)
                .await
                .unwrap()
                .items
                .len(),
            1,
            "{team}"
        );
    }
    for team in ["guests", "marketing"] {
        let error = page(&world, &caller("x", team), 20, None).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{team}");
    }
}

#[tokio::test]
async fn a_pipeline_is_shown_to_its_stages_teams_without_its_repository() {
    let world = World::new("trunk");
    for (team, works_on_it) in [
        ("research", Some(true)),
        ("platform", Some(true)),
        ("platform-admins", Some(true)),
        ("devs", Some(false)),
        ("ops", Some(false)),
        ("guests", None),
        ("marketing", None),
    ] {
        let shown = get::get(&world, &caller("x", team), &pipeline_id()).await;
        let may_access = |shown: &Shown| caller("x", team).may_access_pipeline(&shown.pipeline);
        assert_eq!(shown.ok().as_ref().map(may_access), works_on_it, "{team}");
    }
    world.state().pipeline.as_mut().unwrap().status = PipelineStatus::Deleted;
    for (team, shown) in [("platform-admins", true), ("research", false), ("ops", false)] {
        let found = get::get(&world, &caller("x", team), &pipeline_id()).await;
        assert_eq!(found.is_ok(), shown, "{team}");
    }
}

#[tokio::test]
async fn a_pipeline_without_a_code_pipeline_has_no_runs() {
    let world = World::new("gitflow");
    let runs = page(&world, &caller("alice", "research"), 20, None)
        .await
        .unwrap();
    assert!(runs.items.is_empty() && runs.next.is_none());
    assert!(matches!(
        read(&world, 1).await.unwrap_err(),
        Error::NotFound { what: "run", .. }
    ));
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_bad_input() {
    let world = World::new("gitflow");
    world
        .state()
        .runs
        .insert(format!("{PIPELINE}-dev"), vec![run(1, 5)]);
    for json in [
        r#"{"b":1,"t":[],"p":{"another-pipeline":"0"}}"#,
        r#"{"b":1,"t":[],"p":{"dataall-sales-k3j9x0ab-dev":"forged"}}"#,
    ] {
        let position: RunsPosition = serde_json::from_str(json).unwrap();
        let error = page(&world, &caller("alice", "research"), 20, Some(position))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{json}: {error}");
    }
    for token in ["", "x", "bm9uc2Vuc2U"] {
        assert!(RunsPosition::parse(token).is_err(), "{token}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever pages CodePipeline makes, and whatever begins meanwhile.
    #[test]
    fn pages_hold_each_run_once_and_the_newest_first(
        // Minutes ago: some at the same moment, in the same CodePipeline and in both.
        dev in proptest::collection::vec(0..12_i64, 0..30),
        prod in proptest::collection::vec(0..12_i64, 0..30),
        limit in 1..9_usize,
        page_size in 1..9_usize,
        meanwhile in 0..4_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut world = World::new("gitflow");
        world.page = page_size;
        let mut number = 0;
        for (stage, mut minutes) in [("dev", dev), ("prod", prod)] {
            minutes.sort_unstable();
            let runs = minutes.into_iter().map(|minutes| { number += 1; run(number, minutes) }).collect();
            world.state().runs.insert(format!("{PIPELINE}-{stage}"), runs);
        }
        let mut expected: Vec<_> = world.state().runs.values().flatten().map(|run| (run.started_at, run.id.clone())).collect();
        let alice = caller("alice", "research");
        let (mut told, mut start) = (Vec::new(), None);
        loop {
            let runs = runtime.block_on(page(&world, &alice, limit, start)).unwrap();
            prop_assert_eq!(runs.items.len(), limit.min(expected.len() - told.len()));
            told.extend(runs.items.into_iter().map(|run| (run.started_at, run.run_id)));
            let Some(next) = runs.next else { break };
            start = Some(RunsPosition::parse(&next.token()).unwrap());
            for _ in 0..meanwhile {
                number += 1;
                let newer = run(number, -1);
                world.state().runs.get_mut(&format!("{PIPELINE}-dev")).unwrap().insert(0, newer);
            }
        }
        prop_assert_eq!(told.iter().map(|(at, _)| *at).collect::<Vec<_>>(), {
            expected.sort_by_key(|run| std::cmp::Reverse(run.0));
            expected.iter().map(|(at, _)| *at).collect::<Vec<_>>()
        });
        told.sort();
        expected.sort();
        prop_assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_run_shows_each_try_and_the_stage_what_the_last_ones_say() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), vec![run(1, 0)]);
    let mut asking = action("Approve-prod", "Approve", ActionStatus::WaitingForApproval, 1);
    asking.provider = "Manual".to_owned();
    world.state().actions.insert(
        run_id(1).to_string(),
        // As CodePipeline has them: the latest first.
        vec![
            asking,
            action("Deploy-dev", "Deploy", ActionStatus::Succeeded, 3),
            action("Deploy-dev", "Deploy", ActionStatus::Failed, 7),
            action("Source", "Source", ActionStatus::Succeeded, 9),
        ],
    );
    let details = read(&world, 1).await.unwrap();
    let stages: Vec<_> = details
        .stages
        .iter()
        .map(|stage| {
            (
                stage.name.as_str(),
                stage.stage.as_ref().map(ToString::to_string),
                stage.status,
            )
        })
        .collect();
    assert_eq!(
        stages,
        [
            ("Source", None, ActionStatus::Succeeded),
            ("Deploy-dev", Some("dev".to_owned()), ActionStatus::Succeeded),
            (
                "Approve-prod",
                Some("prod".to_owned()),
                ActionStatus::WaitingForApproval
            ),
        ]
    );
    let deploy = &details.stages[1];
    let tries: Vec<_> = deploy.actions.iter().map(|it| (it.attempt, it.status)).collect();
    assert_eq!(tries, [(1, ActionStatus::Failed), (2, ActionStatus::Succeeded)]);
    assert!(deploy.ended_at.is_some() && details.stages[2].ended_at.is_none());
    assert_eq!(details.run.started_at, details.stages[0].started_at);
}

#[tokio::test]
async fn a_failed_build_shows_the_end_of_its_log_without_credentials() {
    let world = World::new("trunk");
    world.state().runs.insert(PIPELINE.to_owned(), vec![run(1, 0)]);
    let mut build = action("Deploy-dev", "Deploy", ActionStatus::Failed, 3);
    build.external_id = Some(format!("{PIPELINE}-dev:b-1"));
    build.error_code = Some("JobFailed".to_owned());
    build.error_message = Some("Build terminated. AWS_SESSION_TOKEN=abc".to_owned());
    world.state().actions.insert(run_id(1).to_string(), vec![build]);
    let key = |group: &str| (format!("/aws/codebuild/{group}"), "b-1".to_owned());
    let log = vec![
        "AWS_SECRET_ACCESS_KEY=abc\n".to_owned(),
        "exit status 1\n".to_owned(),
    ];
    let lines = ["AWS_SECRET_ACCESS_KEY=***", "exit status 1"];

    // The pipeline's own group, and where it is older than that the project's.
    for group in [PIPELINE, "dataall-sales-k3j9x0ab-dev"] {
        world.state().logs = [(key(group), Some(log.clone()))].into();
        let details = read(&world, 1).await.unwrap();
        let action = &details.stages[0].actions[0];
        assert_eq!(action.log.as_ref().unwrap().lines, lines, "{group}");
        let error = action.error.as_ref().unwrap();
        assert_eq!(error.code.as_deref(), Some("JobFailed"));
        assert_eq!(error.message, "Build terminated. AWS_SESSION_TOKEN=***");
    }

    world.state().logs = [(key(PIPELINE), None)].into();
    let denied = read(&world, 1).await.unwrap().stages[0].actions[0]
        .log
        .clone()
        .unwrap();
    let problem = denied.problem.unwrap();
    assert!(
        denied.lines.is_empty() && problem.contains("finds the command in GET /environments/"),
        "{problem}"
    );

    world.state().logs.clear();
    let missing = read(&world, 1).await.unwrap().stages[0].actions[0]
        .log
        .clone()
        .unwrap();
    assert!(missing.lines.is_empty() && missing.problem.unwrap().contains("no log"));
}
