//! What is read in a pipeline's CICD account on behalf of a caller, and what is handed out.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{collections::BTreeMap, sync::Mutex};

use application::{
    environments::Environments,
    pipelines::{
        Pipelines,
        issue_credentials::{Credentials, NarrowSessions, issue},
        live_stages::{ActionState, CodePipelines, LiveStages, StageState, Status, live_stages},
        repository::FindRepository,
    },
    platform::Platform,
    workflow::accounts::Session,
};
use domain::{
    Error, Result,
    account::AccountId,
    environment::{Environment, EnvironmentId},
    names::{PIPELINE_TAG, Prefix},
    permissions::Caller,
    pipeline::{Pipeline, PipelineId},
    team::{TeamName, Username},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The records and the CICD account of one pipeline.
struct World {
    pipeline: Pipeline,
    cicd: Environment,
    states: BTreeMap<String, Vec<StageState>>,
    tags: Option<BTreeMap<String, String>>,
    /// The sessions that were begun and their policies.
    narrowed: Mutex<Vec<(Session, String)>>,
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
            "externalId": "3b1f8c1e-2f5a", "status": "READY", "revision": 1, "owner": "olivia", "createdAt": at,
            "updatedAt": at,
        });
        Self {
            pipeline: serde_json::from_value(pipeline).unwrap(),
            cicd: serde_json::from_value(cicd).unwrap(),
            states: BTreeMap::new(),
            tags: Some(BTreeMap::from([(PIPELINE_TAG.to_owned(), "k3j9x0ab".to_owned())])),
            narrowed: Mutex::default(),
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
        issue(self, self, self, &platform(), caller, &self.pipeline.id).await
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

impl CodePipelines for World {
    async fn state(&self, _: &Session, name: &str) -> Result<Option<Vec<StageState>>> {
        Ok(self.states.get(name).cloned())
    }
}

impl FindRepository for World {
    async fn tags_if_there(&self, _: &Session, _: &str) -> Result<Option<BTreeMap<String, String>>> {
        Ok(self.tags.clone())
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
    assert!(world.narrowed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn credentials_do_not_show_their_secrets_when_they_are_logged() {
    let (_, credentials) = World::new("cdk-trunk", "sales").issue(&alice()).await.unwrap();
    assert!(!format!("{credentials:?}").contains("secret"));
}
