//! The records, the CodePipelines, the repository and the logs of one pipeline, in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use application::{
    linked_accounts::sessions::Session,
    pipelines::{
        list_branches::CommitFound,
        live_stages::{FindStates, FoundRun, StageState},
    },
    platform::Platform,
    records::{
        Deliveries, EnvironmentsOfPipelines, Pipelines,
        idempotency::{Answer, Idempotency, KeepAnswers, Kept, KeptAnswers},
        listing::no_token,
    },
    runs::{
        ActionFacts, ActionStatus, FindRun, RunFacts, TriggerFacts,
        approve::{AnswerApprovals, Approvals, AskingStage, Question},
        build_log::{LogEvents, ReadLogs},
        commits::ReadCommits,
        list::{FoundRuns, ListRuns},
        retry::RetryStages,
        start::StartRuns,
        stop::StopRuns,
    },
};
use domain::{
    Error, Result,
    account::AccountId,
    approval::{AnswerStatus, Approval, Contribution, Decision},
    delivery::{Delivery, RunStatus},
    environment::Environment,
    ids::{EnvironmentId, PipelineId, RunId, StageName},
    permissions::Caller,
    pipeline::Pipeline,
    prefix::Prefix,
    team::{TeamName, Username},
};
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

pub const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

/// One pipeline of `research`, delivered to `dev` of `devs` and `prod` of `ops`, in the CICD account of `platform`.
pub struct World {
    pub state: Mutex<State>,
    pub records: memory::Records,
    /// CodePipelines' own pages hold so many runs, whatever is asked for.
    pub page: usize,
}

#[derive(Default)]
pub struct State {
    pub pipeline: Option<Pipeline>,
    pub environments: Vec<Environment>,
    /// By CodePipeline, newest first.
    pub runs: BTreeMap<String, Vec<RunFacts>>,
    pub actions: BTreeMap<String, Vec<ActionFacts>>,
    pub states: BTreeMap<String, Vec<StageState>>,
    pub asking: BTreeMap<String, Vec<AskingStage>>,
    pub commits: Vec<CommitFound>,
    pub commits_denied: bool,
    /// By group and stream; none if reading is denied.
    pub logs: BTreeMap<(String, String), Option<Vec<String>>>,
    pub approvals: BTreeMap<(String, String), Approval>,
    pub last_approved: BTreeMap<String, Approval>,
    pub contributions: BTreeMap<String, Contribution>,
    /// What CodePipeline was asked to do.
    pub sent: Vec<String>,
    /// The next answer to an approval is this.
    pub next_answer: Option<Result<bool>>,
    pub not_retryable: bool,
    /// Whether a retry is refused because an earlier one is under way.
    pub taken_before: bool,
}

impl World {
    pub fn new(strategy: &str) -> Self {
        let at = "2026-11-20T10:00:00Z";
        let pipeline = json!({
            "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
            "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
            "cicdTeam": "platform", "strategy": strategy, "status": "DEPLOYED", "revision": 1, "owner": "alice",
            "createdAt": at, "updatedAt": at,
            "stages": [{"name": "dev", "environmentId": "env-dev00001", "manualApproval": false},
                {"name": "prod", "environmentId": "env-prod0001", "manualApproval": true}],
        });
        let environment = |id: &str, account: &str, team: &str| {
            serde_json::from_value(json!({
                "id": id, "label": id, "accountId": account, "region": "eu-west-1", "team": team,
                "invitedTeams": ["guests", "research"], "selfMutation": "INVITED", "externalId": "3b1f8c1e-2f5a", "status": "READY", "revision": 1,
                "owner": "olivia", "createdAt": at, "updatedAt": at,
            }))
            .unwrap()
        };
        let state = State {
            pipeline: Some(serde_json::from_value(pipeline).unwrap()),
            environments: vec![
                environment("env-cicd0001", "111111111111", "platform"),
                environment("env-dev00001", "222222222222", "devs"),
                environment("env-prod0001", "333333333333", "ops"),
            ],
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            records: memory::Records::default(),
            page: 100,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What is asked of CodePipeline, as the rows `name: what`.
    fn send(&self, what: String) {
        self.state().sent.push(what);
    }
}

pub fn pipeline_id() -> PipelineId {
    "k3j9x0ab".parse().unwrap()
}

pub fn stage(name: &str) -> StageName {
    name.parse().unwrap()
}

pub fn run_id(number: u32) -> RunId {
    RunId::parse(format!("00000000-0000-4000-8000-{number:012x}")).unwrap()
}

/// The run `number`, which began so many minutes ago.
pub fn run(number: u32, minutes: i64) -> RunFacts {
    RunFacts {
        id: run_id(number).to_string(),
        status: RunStatus::Succeeded,
        detail: None,
        stop_reason: None,
        trigger: TriggerFacts {
            kind: "CloudWatchEvent".to_owned(),
            detail: String::new(),
        },
        commit_id: Some(format!("c{number}")),
        commit_message: Some(format!("Summary {number}")),
        started_at: Some(NOW - Duration::minutes(minutes)),
        updated_at: Some(NOW - Duration::minutes(minutes) + Duration::seconds(30)),
    }
}

/// A try of an action in the CodePipeline's stage `stage`, so many minutes ago.
pub fn action(stage: &str, name: &str, status: ActionStatus, minutes: i64) -> ActionFacts {
    ActionFacts {
        stage: stage.to_owned(),
        name: name.to_owned(),
        provider: "CodeBuild".to_owned(),
        status,
        started_at: Some(NOW - Duration::minutes(minutes)),
        updated_at: Some(NOW - Duration::minutes(minutes) + Duration::seconds(10)),
        summary: None,
        error_code: None,
        error_message: None,
        external_id: None,
        url: None,
    }
}

pub fn platform() -> Platform {
    Platform {
        prefix: Prefix::default(),
        account_id: AccountId::parse("000000000000").unwrap(),
    }
}

/// Somebody of `team`.
pub fn caller(name: &str, team: &str) -> Caller {
    Caller {
        username: Username::parse(name).unwrap(),
        teams: [TeamName::parse(team).unwrap()].into(),
        request_id: None,
        source_address: None,
    }
}

pub fn key(caller: &Caller, key: &str) -> Idempotency {
    Idempotency::new(&caller.username, "POST".to_owned(), key.to_owned(), None)
}

pub fn denied(operation: &'static str) -> Error {
    Error::AccessDenied {
        operation,
        account: "111111111111".to_owned(),
        detail: "no".to_owned(),
    }
}

impl Pipelines for World {
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Pipeline>> {
        Ok(self
            .state()
            .pipeline
            .clone()
            .filter(|pipeline| pipeline.id == *id))
    }
}

impl Deliveries for World {
    async fn deliveries(&self, _: &[&PipelineId]) -> Result<BTreeMap<PipelineId, Delivery>> {
        Ok(BTreeMap::new())
    }
}

impl EnvironmentsOfPipelines for World {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        let state = self.state();
        let all = state.environments.iter();
        Ok(all.filter(|it| ids.contains(&it.id)).cloned().collect())
    }
}

impl KeptAnswers for World {
    async fn kept(&self, request: &Idempotency) -> Result<Option<Kept>> {
        self.records.kept(request).await
    }
}

impl KeepAnswers for World {
    async fn keep(&self, answer: &Answer<'_>) -> Result<()> {
        self.records.keep(answer).await
    }
}

impl ListRuns for World {
    async fn page(&self, _: &Session, name: &str, limit: usize, token: Option<&str>) -> Result<FoundRuns> {
        let start: usize = match token {
            None => 0,
            Some(token) => token.parse().map_err(|_| no_token())?,
        };
        let all = self.state().runs.get(name).cloned().unwrap_or_default();
        let end = (start + limit.min(self.page)).min(all.len());
        Ok(FoundRuns {
            runs: all[start.min(end)..end].to_vec(),
            next: (end < all.len()).then(|| end.to_string()),
        })
    }
}

impl FindRun for World {
    async fn run(&self, _: &Session, name: &str, id: &RunId) -> Result<Option<RunFacts>> {
        let state = self.state();
        let mut runs = state.runs.get(name).into_iter().flatten();
        // As CodePipeline does, it keeps that to the list.
        Ok(runs.find(|run| run.id == id.as_str()).map(|run| RunFacts {
            stop_reason: None,
            ..run.clone()
        }))
    }

    async fn stop_reason(&self, _: &Session, name: &str, id: &RunId) -> Result<Option<String>> {
        let state = self.state();
        let mut runs = state.runs.get(name).into_iter().flatten();
        Ok(runs
            .find(|run| run.id == id.as_str())
            .and_then(|run| run.stop_reason.clone()))
    }

    async fn actions(&self, _: &Session, _: &str, id: &RunId) -> Result<Vec<ActionFacts>> {
        Ok(self.state().actions.get(id.as_str()).cloned().unwrap_or_default())
    }
}

impl StartRuns for World {
    async fn start_run(&self, session: &Session, name: &str, token: Option<&str>) -> Result<Option<String>> {
        if !self.state().runs.contains_key(name) {
            return Ok(None);
        }
        self.send(format!("start {name} by {}, token {token:?}", session.name));
        Ok(Some(run_id(99).to_string()))
    }
}

impl StopRuns for World {
    async fn stop_run(
        &self,
        _: &Session,
        name: &str,
        id: &RunId,
        reason: &str,
        abandon: bool,
    ) -> Result<bool> {
        self.send(format!("stop {name} {id}: {reason}, abandon {abandon}"));
        Ok(true)
    }
}

impl RetryStages for World {
    async fn retry(&self, _: &Session, name: &str, stage: &str, run_id: &str) -> Result<bool> {
        self.send(format!("retry {name} {stage} {run_id}"));
        let mut world = self.state();
        if world.taken_before {
            let states = world.states.get_mut(name).unwrap();
            let failed = states.iter_mut().find(|state| state.name == stage).unwrap();
            failed.status = Some(application::pipelines::live_stages::Status::InProgress);
            return Ok(false);
        }
        Ok(!world.not_retryable)
    }
}

impl FindStates for World {
    async fn state(&self, _: &Session, name: &str) -> Result<Option<Vec<StageState>>> {
        Ok(self.state().states.get(name).cloned())
    }

    async fn latest_runs(&self, _: &Session, _: &str) -> Result<Vec<FoundRun>> {
        unimplemented!("retrying asks for no runs")
    }

    async fn last_run_through(&self, _: &Session, _: &str, _: &str) -> Result<Option<FoundRun>> {
        unimplemented!("retrying asks for no runs")
    }

    async fn left_at(&self, _: &Session, _: &str, _: &str, _: &str) -> Result<Option<OffsetDateTime>> {
        unimplemented!("retrying asks for no runs")
    }
}

impl AnswerApprovals for World {
    async fn questions(&self, _: &Session, name: &str) -> Result<Option<Vec<AskingStage>>> {
        Ok(self.state().asking.get(name).cloned())
    }

    /// Takes the answer: nothing waits any more.
    async fn answer(
        &self,
        _: &Session,
        name: &str,
        stage: &str,
        question: &Question,
        decision: Decision,
        summary: &str,
    ) -> Result<bool> {
        let Question { action, token } = question;
        self.send(format!(
            "{} {name} {stage} {action} {token}: {summary}",
            decision.verb()
        ));
        let mut kept = self.state();
        if let Some(answer) = kept.next_answer.take() {
            return answer;
        }
        for asking in kept.asking.get_mut(name).unwrap() {
            asking.question = None;
        }
        Ok(true)
    }
}

impl Approvals for World {
    async fn approval(&self, _: &PipelineId, run: &RunId, stage: &StageName) -> Result<Option<Approval>> {
        let key = (run.to_string(), stage.to_string());
        Ok(self.state().approvals.get(&key).cloned())
    }

    async fn last_approved(&self, _: &PipelineId, stage: &StageName) -> Result<Option<Approval>> {
        Ok(self.state().last_approved.get(stage.as_str()).cloned())
    }

    async fn contribution(&self, _: &PipelineId, user: &Username) -> Result<Option<Contribution>> {
        Ok(self.state().contributions.get(user.as_str()).cloned())
    }

    async fn record(&self, before: Option<&Approval>, answer: &Approval) -> Result<()> {
        let key = (answer.run_id.to_string(), answer.stage.to_string());
        let mut state = self.state();
        let present = state.approvals.get(&key).map(|approval| approval.attempt);
        if present != before.map(|approval| approval.attempt) {
            return Err(Error::ConcurrentChange("the approval"));
        }
        state.approvals.insert(key, answer.clone());
        Ok(())
    }

    async fn settle(&self, answer: &Approval) -> Result<()> {
        let key = (answer.run_id.to_string(), answer.stage.to_string());
        let mut state = self.state();
        state.approvals.insert(key, answer.clone());
        if (answer.decision, answer.status) == (Decision::Approved, AnswerStatus::Given) {
            state
                .last_approved
                .insert(answer.stage.to_string(), answer.clone());
        }
        Ok(())
    }
}

impl ReadCommits for World {
    async fn commits(&self, _: &Session, _: &str, ids: &[String]) -> Result<Vec<CommitFound>> {
        let state = self.state();
        if state.commits_denied {
            return Err(denied("codecommit:BatchGetCommits"));
        }
        let all = state.commits.iter();
        Ok(all.filter(|commit| ids.contains(&commit.id)).cloned().collect())
    }
}

impl ReadLogs for World {
    async fn end(&self, _: &Session, group: &str, stream: &str, _: usize) -> Result<Option<LogEvents>> {
        let key = (group.to_owned(), stream.to_owned());
        match self.state().logs.get(&key) {
            None => Ok(None),
            Some(None) => Err(denied("logs:GetLogEvents")),
            Some(Some(messages)) => Ok(Some(LogEvents {
                messages: messages.clone(),
                complete: true,
            })),
        }
    }
}
