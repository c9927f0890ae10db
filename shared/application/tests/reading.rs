//! What is read in a pipeline's CICD account on behalf of a caller, and what is handed out.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use application::{
    linked_accounts::{repositories::FindRepository, sessions::Session},
    pipelines::{
        issue_credentials::{Credentials, HandedOut, NarrowSessions, issue},
        live_stages::{
            ActionState, Closed, FindStates, FoundRun, LiveStages, RunCommit, StageState, Status, live_stages,
        },
    },
    platform::Platform,
    records::{Environments, EnvironmentsOfPipelines, Pipelines},
};
use domain::{
    Error, Result,
    account::AccountId,
    audit::AuditEntry,
    environment::Environment,
    ids::{EnvironmentId, PipelineId},
    names::PIPELINE_TAG,
    permissions::Caller,
    pipeline::Pipeline,
    prefix::Prefix,
    team::{TeamName, Username},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

/// The records and the CICD account of one pipeline.
struct World {
    pipeline: Pipeline,
    cicd: Environment,
    dev: Environment,
    states: BTreeMap<String, Vec<StageState>>,
    /// The runs of every CodePipeline, newest first, each with the stages that it got through.
    runs: Vec<(FoundRun, &'static [&'static str])>,
    tags: Option<BTreeMap<String, String>>,
    /// The sessions that were begun and their policies.
    narrowed: Mutex<Vec<(Session, String)>>,
    /// Who can push until when.
    handed_out: Mutex<Vec<(Username, OffsetDateTime)>>,
}

impl World {
    fn new(strategy: &str, name: &str) -> Self {
        let at = "2026-11-22T10:00:00Z";
        let pipeline = json!({
            "id": "k3j9x0ab", "name": name, "description": "", "tags": {}, "team": "research",
            "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
            "cicdTeam": "platform", "strategy": strategy, "status": "DEPLOYED", "revision": 1, "owner": "alice",
            "createdAt": at, "updatedAt": at,
            "stages": [{"name": "a", "environmentId": "env-dev00001", "manualApproval": false},
                {"name": "b-a", "environmentId": "env-dev00001", "manualApproval": true}],
        });
        let cicd = json!({
            "id": "env-cicd0001", "label": "CICD", "accountId": "111111111111", "region": "eu-west-1", "team": "platform",
            "invitedTeams": ["research"], "selfMutation": "INVITED", "externalId": "3b1f8c1e-2f5a", "status": "READY", "revision": 1, "owner": "olivia", "createdAt": at,
            "updatedAt": at,
        });
        let mut dev = cicd.clone();
        for (name, value) in [
            ("id", "env-dev00001"),
            ("label", "Development"),
            ("accountId", "222222222222"),
            ("team", "operations"),
        ] {
            dev[name] = json!(value);
        }
        Self {
            pipeline: serde_json::from_value(pipeline).unwrap(),
            cicd: serde_json::from_value(cicd).unwrap(),
            dev: serde_json::from_value(dev).unwrap(),
            states: BTreeMap::new(),
            runs: Vec::new(),
            tags: Some(BTreeMap::from([(PIPELINE_TAG.to_owned(), "k3j9x0ab".to_owned())])),
            narrowed: Mutex::default(),
            handed_out: Mutex::default(),
        }
    }

    fn with(mut self, code_pipeline: &str, states: Vec<StageState>) -> Self {
        self.states.insert(code_pipeline.to_owned(), states);
        self
    }

    async fn stages(&self) -> LiveStages {
        live_stages(self, self, &platform(), &alice(), &self.pipeline.id)
            .await
            .unwrap()
    }

    async fn issue(&self, caller: &Caller) -> Result<(Pipeline, Credentials)> {
        issue(
            self,
            self,
            self,
            &platform(),
            caller,
            &self.pipeline.id,
            OffsetDateTime::UNIX_EPOCH,
        )
        .await
    }
}

impl Pipelines for World {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        Ok(Some(self.pipeline.clone()).filter(|pipeline| pipeline.id == *id))
    }
}

impl Environments for World {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        Ok(Some(self.cicd.clone()).filter(|environment| environment.id == *id))
    }
}

impl EnvironmentsOfPipelines for World {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        let all = [&self.cicd, &self.dev].into_iter();
        Ok(all
            .filter(|environment| ids.contains(&environment.id))
            .cloned()
            .collect())
    }
}

impl FindStates for World {
    async fn state(&self, session: &Session, name: &str) -> Result<Option<Vec<StageState>>> {
        assert_eq!(session.access.account_id.as_str(), "111111111111");
        Ok(self.states.get(name).cloned())
    }

    async fn latest_runs(&self, _: &Session, _: &str) -> Result<Vec<FoundRun>> {
        Ok(self.runs.iter().map(|(run, _)| run.clone()).take(3).collect())
    }

    async fn last_run_through(&self, _: &Session, _: &str, stage: &str) -> Result<Option<FoundRun>> {
        let mut runs = self.runs.iter();
        Ok(runs
            .find(|(_, through)| through.contains(&stage))
            .map(|(run, _)| run.clone()))
    }

    async fn left_at(
        &self,
        _: &Session,
        _: &str,
        run_id: &str,
        stage: &str,
    ) -> Result<Option<OffsetDateTime>> {
        let found = self.runs.iter().find(|(run, _)| run.id == run_id).unwrap();
        Ok(found.1.contains(&stage).then_some(LEFT_AT))
    }
}

impl FindRepository for World {
    async fn tags_if_there(&self, _: &Session, _: &str) -> Result<Option<BTreeMap<String, String>>> {
        Ok(self.tags.clone())
    }
}

impl HandedOut for World {
    async fn handed_out(&self, _: &PipelineId, until: OffsetDateTime, entry: &AuditEntry) -> Result<()> {
        assert!(
            self.narrowed.lock().unwrap().is_empty(),
            "recorded before they are made"
        );
        self.handed_out
            .lock()
            .unwrap()
            .push((entry.facts.by.clone(), until));
        Ok(())
    }
}

impl NarrowSessions for World {
    async fn narrowed(&self, session: &Session, policy: &str) -> Result<Credentials> {
        self.narrowed
            .lock()
            .unwrap()
            .push((session.clone(), policy.to_owned()));
        Ok(Credentials {
            access_key_id: "ASIA".to_owned(),
            secret_access_key: "very-secret".to_owned(),
            session_token: "token-secret".to_owned(),
            expiration: OffsetDateTime::UNIX_EPOCH,
        })
    }
}

/// When a run was done with a stage that it is not in any more.
const LEFT_AT: OffsetDateTime = datetime!(2026-11-20 10:00 UTC);

fn run(id: &str, through: &'static [&'static str]) -> (FoundRun, &'static [&'static str]) {
    let run = FoundRun {
        id: id.to_owned(),
        started_at: Some(datetime!(2026-11-22 10:00 UTC)),
        commit: RunCommit {
            commit_id: Some(format!("commit-of-{id}")),
            message: Some("Add a table".to_owned()),
        },
    };
    (run, through)
}

fn platform() -> Platform {
    Platform {
        prefix: Prefix::default(),
        account_id: AccountId::parse("000000000000").unwrap(),
    }
}

fn caller(name: &str, team: &str) -> Caller {
    Caller {
        username: Username::parse(name).unwrap(),
        teams: [TeamName::parse(team).unwrap()].into(),
        request_id: None,
        source_address: None,
    }
}

fn alice() -> Caller {
    caller("alice", "research")
}

fn stage(name: &str, status: Option<Status>, actions: Vec<ActionState>) -> StageState {
    StageState {
        name: name.to_owned(),
        status,
        execution_id: status.map(|_| format!("execution-of-{name}")),
        inbound: Vec::new(),
        closed: None,
        actions,
    }
}

fn statuses(live: &LiveStages) -> Vec<Status> {
    live.stages.iter().map(|stage| stage.progress.status).collect()
}

fn steps(live: &LiveStages) -> Vec<&str> {
    let steps = live.code_pipelines.iter().flat_map(|found| &found.steps);
    steps.map(|step| step.name.as_str()).collect()
}

#[tokio::test]
async fn an_environment_may_hand_out_no_credentials() {
    let mut world = World::new("cdk-trunk", "sales");
    world.cicd.credentials = domain::environment::HandOut::Disabled;
    assert_eq!(world.issue(&alice()).await.unwrap_err().name(), "Forbidden");
    assert!(world.handed_out.lock().unwrap().is_empty());
    assert!(world.narrowed.lock().unwrap().is_empty());
    world.cicd.credentials = domain::environment::HandOut::Enabled;
    world.issue(&alice()).await.unwrap();
}

#[tokio::test]
async fn without_a_code_pipeline_nothing_is_deployed() {
    for strategy in ["cdk-trunk", "trunk", "gitflow"] {
        let live = World::new(strategy, "sales").stages().await;
        assert_eq!(statuses(&live), [Status::NotDeployed, Status::NotDeployed]);
    }
}

#[tokio::test]
async fn stages_of_a_cdk_pipeline_are_found_by_the_constructs_name_and_the_rest_are_steps() {
    let world = World::new("cdk-trunk", "sales").with(
        "dataall-sales-k3j9x0ab",
        vec![
            stage(
                "Source",
                Some(Status::Succeeded),
                vec![ActionState {
                    commit_id: Some("c0ffee".to_owned()),
                    ..ActionState::default()
                }],
            ),
            stage("Build", Some(Status::InProgress), Vec::new()),
            stage("UpdatePipeline", None, Vec::new()),
            stage("a-Deploy", Some(Status::Succeeded), Vec::new()),
            stage("Developers-Own", None, Vec::new()),
        ],
    );
    let live = world.stages().await;
    // The new stage comes with the next run, in which the pipeline updates itself.
    assert_eq!(statuses(&live), [Status::Succeeded, Status::NotDeployed]);
    assert_eq!(
        steps(&live),
        ["Source", "Build", "UpdatePipeline", "Developers-Own"]
    );
    assert_eq!(live.code_pipelines[0].commit_id.as_deref(), Some("c0ffee"));
}

#[tokio::test]
async fn an_approval_and_the_deployment_behind_it_are_one_stage() {
    let approve = |waits| ActionState {
        name: "Approve".to_owned(),
        waits_for_approval: waits,
        changed_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..ActionState::default()
    };
    let failed = ActionState {
        name: "Deploy".to_owned(),
        failed: true,
        error: Some("the build ended in FAILED".to_owned()),
        url: Some("https://logs".to_owned()),
        ..ActionState::default()
    };
    for (approval, deployment, expected) in [
        (None, None, Status::NotStarted),
        (Some(Status::InProgress), None, Status::WaitingForApproval),
        // A new run waits; what is deployed is the run before.
        (
            Some(Status::InProgress),
            Some(Status::Succeeded),
            Status::WaitingForApproval,
        ),
        (
            Some(Status::Succeeded),
            Some(Status::InProgress),
            Status::InProgress,
        ),
        (Some(Status::Succeeded), Some(Status::Failed), Status::Failed),
        (
            Some(Status::Succeeded),
            Some(Status::Succeeded),
            Status::Succeeded,
        ),
        (Some(Status::Stopped), Some(Status::Succeeded), Status::Stopped),
    ] {
        let waits = approval == Some(Status::InProgress);
        let actions = if deployment == Some(Status::Failed) {
            vec![failed.clone()]
        } else {
            Vec::new()
        };
        let world = World::new("trunk", "sales").with(
            "dataall-sales-k3j9x0ab",
            vec![
                stage("Source", Some(Status::Succeeded), Vec::new()),
                stage("Deploy-a", Some(Status::Succeeded), Vec::new()),
                stage("Approve-b-a", approval, vec![approve(waits)]),
                stage("Deploy-b-a", deployment, actions),
            ],
        );
        let live = world.stages().await;
        assert_eq!(statuses(&live), [Status::Succeeded, expected]);
        assert_eq!(steps(&live), ["Source"]);
        let second = &live.stages[1];
        assert_eq!(second.approval.is_some(), waits);
        assert_eq!(second.progress.error.is_some(), expected == Status::Failed);
    }
}

#[tokio::test]
async fn the_stages_of_a_stage_that_was_taken_out_are_no_steps() {
    let mut world = World::new("trunk", "sales").with(
        "dataall-sales-k3j9x0ab",
        vec![
            stage("Source", Some(Status::Succeeded), Vec::new()),
            stage("Deploy-a", Some(Status::Succeeded), Vec::new()),
            stage("Approve-old", None, Vec::new()),
            stage("Deploy-old", Some(Status::Failed), Vec::new()),
        ],
    );
    // The deployment that takes it out of the CodePipeline has failed.
    world.pipeline.orphans = serde_json::from_value(json!([{
        "stage": "old", "accountId": "333333333333", "region": "eu-west-1", "stackName": "dataall-sales-k3j9x0ab-old",
    }]))
    .unwrap();
    assert_eq!(steps(&world.stages().await), ["Source"]);
}

#[tokio::test]
async fn a_stage_says_why_nothing_gets_into_it() {
    let closed = Closed {
        reason: "Closed by the platform dataall. The team was uninvited".to_owned(),
        since: Some(datetime!(2026-11-22 11:00 UTC)),
        by: None,
    };
    let world = World::new("trunk", "sales").with(
        "dataall-sales-k3j9x0ab",
        vec![
            stage("Deploy-a", Some(Status::Succeeded), Vec::new()),
            StageState {
                closed: Some(closed),
                ..stage("Approve-b-a", None, Vec::new())
            },
        ],
    );
    let live = world.stages().await;
    let told = serde_json::to_value(&live.stages).unwrap();
    assert_eq!(told[0]["closed"], Value::Null);
    assert_eq!(
        told[1]["closed"],
        json!({
            "stageName": "Approve-b-a", "reason": "Closed by the platform dataall. The team was uninvited",
            "since": "2026-11-22T11:00:00Z", "by": null,
        })
    );
}

/// A trunk pipeline: the run `r2` got through stage a, and waits before b-a, where `r1` stands; `r3` is being built.
fn delivering() -> World {
    let in_stage = |name: &str, status: Status, run: &str, inbound: &[&str]| StageState {
        execution_id: Some(run.to_owned()),
        inbound: inbound.iter().map(|run| (*run).to_owned()).collect(),
        ..stage(
            name,
            Some(status),
            vec![ActionState {
                name: "Approve".to_owned(),
                waits_for_approval: status == Status::InProgress && name.starts_with("Approve"),
                changed_at: Some(datetime!(2026-11-22 11:00 UTC)),
                ..ActionState::default()
            }],
        )
    };
    let mut world = World::new("trunk", "sales").with(
        "dataall-sales-k3j9x0ab",
        vec![
            in_stage("Source", Status::InProgress, "r3", &[]),
            in_stage("Deploy-a", Status::Succeeded, "r2", &[]),
            in_stage("Approve-b-a", Status::InProgress, "r2", &[]),
            in_stage("Deploy-b-a", Status::Succeeded, "r1", &[]),
        ],
    );
    world.runs = vec![
        run("r3", &[]),
        run("r2", &["Source", "Deploy-a"]),
        run("r1", &["Source", "Deploy-a", "Approve-b-a", "Deploy-b-a"]),
        run("r0", &["Source", "Deploy-a", "Approve-b-a", "Deploy-b-a"]),
    ];
    world
}

#[tokio::test]
async fn a_stage_tells_what_stands_there_what_comes_and_what_waits_for_whom() {
    let live = delivering().stages().await;
    let stages = serde_json::to_value(&live.stages).unwrap();
    let commit = |run: &str, more: Value| {
        let mut told =
            json!({"runId": run, "commitId": format!("commit-of-{run}"), "message": "Add a table"});
        told.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        told
    };
    let place = |stage: &Value| {
        let members = ["environmentId", "environmentLabel", "accountId", "region"];
        members.map(|name| stage[name].as_str().unwrap().to_owned())
    };
    for stage in stages.as_array().unwrap() {
        let expected = ["env-dev00001", "Development", "222222222222", "eu-west-1"];
        assert_eq!(place(stage), expected);
    }
    let at = json!({"at": "2026-11-22T11:00:00Z"});
    assert_eq!(stages[0]["deployed"], commit("r2", at.clone()));
    let since = |stage: &str| json!({"since": "2026-11-22T10:00:00Z", "stageName": stage});
    assert_eq!(stages[0]["incoming"], commit("r3", since("Source")));
    assert_eq!(stages[0]["approval"], Value::Null);
    assert_eq!(stages[1]["deployed"], commit("r1", at));
    assert_eq!(
        stages[1]["incoming"],
        commit("r2", since("Approve-b-a")),
        "the nearest"
    );
    let waiting = json!({"stageName": "Approve-b-a", "actionName": "Approve", "waitingSince": "2026-11-22T11:00:00Z",
        "team": "operations"});
    assert_eq!(stages[1]["approval"], commit("r2", waiting));
}

#[tokio::test]
async fn what_stands_in_a_stage_outlasts_the_next_run_in_it() {
    for status in [Status::InProgress, Status::Failed, Status::Stopped] {
        let mut world = delivering();
        let states = world.states.get_mut("dataall-sales-k3j9x0ab").unwrap();
        states[3].status = Some(status);
        states[3].execution_id = Some("r2".to_owned());
        let live = world.stages().await;
        let deployed = live.stages[1].deployed.clone().unwrap();
        assert_eq!((deployed.run_id.as_str(), deployed.at), ("r1", Some(LEFT_AT)));
        let coming = live.stages[1].incoming.as_ref().unwrap();
        assert_eq!(coming.run_id, "r2", "{status:?}");
    }
}

#[tokio::test]
async fn a_run_of_long_ago_still_tells_its_commit_or_at_least_itself() {
    let mut world = delivering();
    let states = world.states.get_mut("dataall-sales-k3j9x0ab").unwrap();
    states[3].execution_id = Some("r0".to_owned());
    world.runs[2].1 = &["Source"];
    let deployed = world.stages().await.stages[1].deployed.clone().unwrap();
    assert_eq!(deployed.commit.commit_id.as_deref(), Some("commit-of-r0"));
    // The CodePipeline was redefined since: it does not count what went before.
    world.runs.pop();
    let deployed = world.stages().await.stages[1].deployed.clone().unwrap();
    assert_eq!(
        (deployed.run_id.as_str(), deployed.commit),
        ("r0", RunCommit::default())
    );
}

#[tokio::test]
async fn a_run_that_waits_before_a_stage_is_on_its_way_there() {
    let mut world = delivering();
    let states = world.states.get_mut("dataall-sales-k3j9x0ab").unwrap();
    states[0].status = Some(Status::Succeeded);
    states[1].inbound = vec!["r3".to_owned()];
    let live = world.stages().await;
    let coming = live.stages[0].incoming.as_ref().unwrap();
    assert_eq!(
        (coming.run_id.as_str(), coming.stage_name.as_str()),
        ("r3", "Deploy-a")
    );
    let states = world.states.get_mut("dataall-sales-k3j9x0ab").unwrap();
    states[1].inbound.clear();
    assert_eq!(world.stages().await.stages[0].incoming, None);
}

#[tokio::test]
async fn stages_are_shown_to_the_teams_of_their_environments() {
    let world = World::new("trunk", "sales");
    for (team, sees) in [("platform", true), ("operations", true), ("marketing", false)] {
        let caller = caller("carol", team);
        let seen = live_stages(&world, &world, &platform(), &caller, &world.pipeline.id).await;
        assert_eq!(seen.is_ok(), sees, "{team}");
    }
}

#[tokio::test]
async fn gitflow_has_a_code_pipeline_and_a_branch_for_each_stage() {
    let world = World::new("gitflow", "sales").with(
        "dataall-sales-k3j9x0ab-b-a",
        vec![
            stage("Source", Some(Status::Failed), Vec::new()),
            stage("Approve-b-a", None, Vec::new()),
            stage("Deploy-b-a", None, Vec::new()),
        ],
    );
    let live = world.stages().await;
    assert_eq!(statuses(&live), [Status::NotDeployed, Status::NotStarted]);
    let branches: Vec<_> = live.stages.iter().map(|stage| stage.branch.as_str()).collect();
    assert_eq!(branches, ["a", "b-a"]);
    assert_eq!(live.code_pipelines.len(), 2);
}

#[tokio::test]
async fn credentials_are_narrowed_to_pull_and_push_of_one_repository() {
    let world = World::new("cdk-trunk", &"n".repeat(32));
    world.issue(&alice()).await.unwrap();
    let [(user, until)] = &world.handed_out.lock().unwrap()[..] else {
        panic!("one record")
    };
    assert_eq!((user.as_str(), until.unix_timestamp() >= 3_600), ("alice", true));
    let [(session, policy)] = &world.narrowed.lock().unwrap()[..] else {
        panic!("one session")
    };
    assert_eq!(session.name, "dataall-alice");
    assert!(policy.len() <= 2_048, "STS takes no more");
    let policy: Value = serde_json::from_str(policy).unwrap();
    let arn = format!(
        "arn:aws:codecommit:eu-west-1:111111111111:dataall-{}-k3j9x0ab",
        "n".repeat(32)
    );
    let statement =
        json!({"Effect": "Allow", "Action": ["codecommit:GitPull", "codecommit:GitPush"], "Resource": arn});
    assert_eq!(policy["Statement"], json!([statement]));
}

#[tokio::test]
async fn no_session_begins_for_who_may_not_or_what_is_not_there() {
    let mut world = World::new("cdk-trunk", "sales");
    let stranger = world.issue(&caller("bob", "marketing")).await.unwrap_err();
    assert!(matches!(stranger, Error::NotFound { .. }));
    world.tags = None;
    assert!(matches!(
        world.issue(&alice()).await.unwrap_err(),
        Error::Conflict(_)
    ));
    for owner in [None, Some("another0")] {
        let owner = owner.map(|id| (PIPELINE_TAG.to_owned(), id.to_owned()));
        world.tags = Some(owner.into_iter().collect());
        let error = world.issue(&alice()).await.unwrap_err();
        assert!(matches!(error, Error::RepositoryNotOurs(_)));
    }
    assert!(world.narrowed.lock().unwrap().is_empty() && world.handed_out.lock().unwrap().is_empty());
}

#[tokio::test]
async fn credentials_do_not_show_their_secrets_when_they_are_logged() {
    let (_, credentials) = World::new("cdk-trunk", "sales").issue(&alice()).await.unwrap();
    assert!(!format!("{credentials:?}").contains("secret"));
}
