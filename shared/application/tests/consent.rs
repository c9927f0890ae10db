//! What owners of environments let pipelines do, and what ends when they do not let them any more.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use std::{collections::BTreeSet, num::NonZeroU32, sync::Mutex};

use application::{
    artifacts::WriteArtifacts,
    deployments::redeploy::redeploy,
    environments::{
        change::ChangeEnvironments, evict::Evict, link::link, unlink::unlink, withdrawal::Withdrawn,
    },
    linked_accounts::{
        sessions::Session,
        stage_transitions::{ClosedStage, StageTransitions},
    },
    pipelines::{change::ChangePipelines, create::create, list},
    platform::Platform,
    records::listing::{PageRequest, Position},
    redeployments::{
        request::request,
        select::{SelectPipelines, SelectPipelinesInput, Selected},
    },
    step::Step as _,
    workflow::close_stages::{CloseStages, CloseStagesInput},
};
use domain::{
    Error, Result,
    account::AccountId,
    environment::Environment,
    input,
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus},
    prefix::Prefix,
    redeployment::Target,
};
use serde_json::{Value, json};
use support::{Machine, Records, caller, rules};
use time::OffsetDateTime;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// What was closed: CodePipeline, stage, reason.
#[derive(Default)]
struct Transitions {
    closed: Mutex<Vec<(String, String, String)>>,
    refuses: bool,
}

impl StageTransitions for Transitions {
    async fn close(&self, _: &Session, name: &str, part: &str, reason: &str) -> Result<bool> {
        if self.refuses {
            return Err(Error::AccessDenied {
                operation: "codepipeline:DisableStageTransition",
                account: "111111111111".to_owned(),
                detail: "no".to_owned(),
            });
        }
        let mut closed = self.closed.lock().unwrap();
        closed.push((name.to_owned(), part.to_owned(), reason.to_owned()));
        Ok(true)
    }

    async fn closed(&self, _: &Session, _: &str) -> Result<Vec<ClosedStage>> {
        Ok(Vec::new())
    }

    async fn open(&self, _: &Session, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
}

impl Transitions {
    fn parts(&self) -> Vec<String> {
        let closed = self.closed.lock().unwrap();
        closed.iter().map(|(_, part, _)| part.clone()).collect()
    }
}

/// The team research with a CICD environment and one for dev; ops owns prod and has invited research.
struct Scene {
    records: Records,
    machine: Machine,
    transitions: Transitions,
    cicd: Environment,
    dev: Environment,
    prod: Environment,
}

fn alice() -> Caller {
    caller("alice", &["research"])
}

/// The owner of prod.
fn olga() -> Caller {
    caller("olga", &["ops"])
}

fn admin() -> Caller {
    caller("admin", &["platform-admins"])
}

impl Scene {
    async fn new() -> Self {
        let records = Records::default();
        let linked = async |account: &str, owner: &Caller, more: Value| {
            let team = owner.teams.first().unwrap().as_str();
            let mut wanted =
                json!({"label": "env", "accountId": account, "region": "eu-west-1", "team": team});
            wanted
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            link(
                &records,
                &rules(),
                owner,
                input::parse(&wanted).unwrap(),
                None,
                NOW,
            )
            .await
            .unwrap()
        };
        let cicd = linked("111111111111", &alice(), json!({})).await;
        let dev = linked("222222222222", &alice(), json!({})).await;
        let prod = linked("333333333333", &olga(), json!({"invitedTeams": ["research"]})).await;
        Self {
            records,
            machine: Machine::default(),
            transitions: Transitions::default(),
            cicd,
            dev,
            prod,
        }
    }

    fn body(&self, strategy: &str) -> Value {
        json!({
            "name": "sales", "team": "research", "strategy": strategy, "cicdEnvironmentId": self.cicd.id.as_str(),
            "stages": [
                {"name": "dev", "environmentId": self.dev.id.as_str()},
                {"name": "prod", "environmentId": self.prod.id.as_str(), "manualApproval": true},
            ],
        })
    }

    async fn create_as(&self, caller: &Caller, body: &Value) -> Result<Pipeline> {
        create(
            &self.records,
            &Prefix::default(),
            caller,
            input::parse(body)?,
            None,
            NOW,
        )
        .await
    }

    async fn create(&self, strategy: &str) -> Pipeline {
        self.create_as(&alice(), &self.body(strategy)).await.unwrap()
    }

    async fn change_pipeline(&self, caller: &Caller, pipeline: &Pipeline, body: Value) -> Result<Pipeline> {
        let changes = ChangePipelines {
            store: &self.records,
            executions: &self.machine,
            prefix: &Prefix::default(),
        };
        let wanted = input::parse(&body)?;
        changes.change(caller, &pipeline.id, wanted, None, NOW).await
    }

    async fn patch(
        &self,
        caller: &Caller,
        environment: &Environment,
        body: Value,
    ) -> Result<Option<Withdrawn>> {
        let changes = ChangeEnvironments {
            store: &self.records,
            prefix: &Prefix::default(),
        };
        let wanted = input::parse(&body)?;
        let (_, withdrawn) = changes.change(caller, &environment.id, wanted, None, NOW).await?;
        Ok(withdrawn)
    }

    /// The owner of prod does not invite research any more.
    async fn uninvite(&self) -> Withdrawn {
        let withdrawn = self.patch(&olga(), &self.prod, json!({"invitedTeams": []})).await;
        withdrawn.unwrap().unwrap()
    }

    async fn evict(
        &self,
        caller: &Caller,
        environment: &Environment,
        pipeline: &Pipeline,
    ) -> Result<Pipeline> {
        let evict = Evict {
            store: &self.records,
            executions: &self.machine,
            transitions: &self.transitions,
            platform: &platform(),
        };
        evict.evict(caller, &environment.id, &pipeline.id, NOW).await
    }

    fn present(&self, pipeline: &Pipeline) -> Pipeline {
        self.records.state().pipelines[pipeline.id.as_str()].clone()
    }
}

fn platform() -> Platform {
    Platform {
        prefix: Prefix::default(),
        account_id: AccountId::parse("000000000000").unwrap(),
    }
}

fn pointers<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(problems)) = result else {
        panic!("{result:?}")
    };
    let problems = problems.as_slice().iter();
    problems
        .map(|problem| problem.pointer.as_str().to_owned())
        .collect()
}

#[tokio::test]
async fn the_pipelines_team_must_be_invited_whoever_calls() {
    let scene = Scene::new().await;
    scene.create("trunk").await;
    // Of both teams, and an administrator: what they see is nothing that marketing may use.
    let both = caller("both", &["marketing", "ops"]);
    let mut body = scene.body("trunk");
    body["team"] = json!("marketing");
    for who in [&both, &caller("admin", &["platform-admins"])] {
        let refused = pointers(scene.create_as(who, &body).await);
        assert_eq!(
            refused,
            [
                "/stages/0/environmentId",
                "/stages/1/environmentId",
                "/cicdEnvironmentId"
            ]
        );
    }
    // Who may not see an environment does not learn that it exists.
    let mary = caller("mary", &["marketing"]);
    let Err(Error::Invalid(problems)) = scene.create_as(&mary, &body).await else {
        panic!()
    };
    let told = |index: usize| problems.as_slice()[index].detail.clone();
    assert!(told(0).starts_with("there is no environment"), "{}", told(0));
    let Err(Error::Invalid(problems)) = scene.create_as(&both, &body).await else {
        panic!()
    };
    let of_ops = problems.as_slice()[1].detail.clone();
    assert!(of_ops.contains("has not invited marketing"), "{of_ops}");
}

#[tokio::test]
async fn only_the_own_team_has_self_mutating_pipelines_unless_the_owner_says_so() {
    let scene = Scene::new().await;
    scene
        .patch(&alice(), &scene.cicd, json!({"invitedTeams": ["ops"]}))
        .await
        .unwrap();
    let body = |strategy: &str| {
        json!({
            "name": "ops", "team": "ops", "strategy": strategy, "cicdEnvironmentId": scene.cicd.id.as_str(),
            "stages": [{"name": "prod", "environmentId": scene.prod.id.as_str()}],
        })
    };
    scene.create_as(&olga(), &body("trunk")).await.unwrap();
    for who in [olga(), admin()] {
        assert_eq!(
            pointers(scene.create_as(&who, &body("cdk-trunk")).await),
            ["/cicdEnvironmentId"]
        );
    }
    scene
        .patch(&alice(), &scene.cicd, json!({"selfMutation": "INVITED"}))
        .await
        .unwrap();
    let pipeline = scene.create_as(&olga(), &body("cdk-trunk")).await.unwrap();
    let withdrawn = scene
        .patch(&alice(), &scene.cicd, json!({"selfMutation": null}))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(withdrawn.pipelines.len(), 1, "the trunk pipeline goes on");
    assert_eq!(
        (&withdrawn.pipelines[0].id, withdrawn.pipelines[0].cicd),
        (&pipeline.id, true)
    );
    let revoke = withdrawn
        .commands
        .iter()
        .find(|command| command.command.contains("put-role-policy"));
    assert!(revoke.is_some(), "{:?}", withdrawn.commands);
}

#[tokio::test]
async fn an_invitation_that_is_withdrawn_ends_edits_and_deployments() {
    let scene = Scene::new().await;
    let pipeline = scene.create("trunk").await;
    let withdrawn = scene.uninvite().await;
    assert_eq!(withdrawn.pipelines[0].stages[0].as_str(), "prod");
    let commands: Vec<_> = withdrawn
        .commands
        .iter()
        .map(|command| command.command.as_str())
        .collect();
    assert_eq!(
        commands,
        [
            format!(
                "aws cloudformation delete-stack --region eu-west-1 --stack-name dataall-sales-{}-prod",
                pipeline.id
            ),
            format!(
                "npx aws-cdk@{} bootstrap aws://333333333333/eu-west-1 --untrust 111111111111",
                rendering::application::CLI_VERSION
            ),
        ]
    );
    let redeployment = scene
        .records
        .state()
        .redeployments
        .values()
        .next()
        .unwrap()
        .clone();
    assert_eq!(redeployment.target, Target::Environment(scene.prod.id.clone()));
    for who in [alice(), admin()] {
        let refused = scene
            .change_pipeline(&who, &pipeline, json!({"description": "x"}))
            .await;
        assert_eq!(refused.unwrap_err().name(), "EnvironmentNotAllowed");
        let dead = Machine { dead: true };
        // Whether its deployment runs or not.
        for machine in [&dead, &scene.machine] {
            let refused = redeploy(&scene.records, machine, &who, &pipeline.id, None, NOW).await;
            assert_eq!(refused.unwrap_err().name(), "EnvironmentNotAllowed");
        }
        // Where the request names the stage, the problem is there.
        let mut stages = scene.body("trunk")["stages"].clone();
        stages[0]["manualApproval"] = json!(true);
        let refused = scene
            .change_pipeline(&who, &pipeline, json!({"stages": stages}))
            .await;
        assert_eq!(pointers(refused), ["/stages/1/environmentId"]);
    }
    // Without the stage it goes on.
    let stages = json!([scene.body("trunk")["stages"][0]]);
    let changed = scene
        .change_pipeline(&alice(), &pipeline, json!({"stages": stages}))
        .await
        .unwrap();
    assert_eq!(changed.stages.len(), 1);
    assert_eq!(changed.orphans.len(), 1, "its stack stays");
    assert!(!changed.stage_teams.contains(&"ops".parse().unwrap()));
}

#[tokio::test]
async fn a_repeated_withdrawal_tells_the_same_and_starts_nothing_new() {
    let scene = Scene::new().await;
    scene.create("trunk").await;
    let first = scene.uninvite().await;
    assert_eq!(scene.uninvite().await, first);
    assert_eq!(scene.records.state().redeployments.len(), 1);
    let again = json!({"invitedTeams": ["research"]});
    assert_eq!(scene.patch(&olga(), &scene.prod, again).await.unwrap(), None);
    assert_eq!(
        scene.records.state().redeployments.len(),
        2,
        "what was closed is opened"
    );
}

#[tokio::test]
async fn a_withdrawn_invitation_closes_the_stages_concerned() {
    for (strategy, closed) in [
        ("cdk-trunk", vec!["dataall-Prod"]),
        ("trunk", vec!["Approve-prod", "Deploy-prod"]),
    ] {
        let scene = Scene::new().await;
        let pipeline = scene.create(strategy).await;
        scene.uninvite().await;
        let step = CloseStages {
            records: Shared(&scene),
            platform: platform(),
            transitions: Shared(&scene),
        };
        let input = CloseStagesInput {
            pipeline_id: pipeline.id.clone(),
            deployment_id: pipeline.active_deployment.clone().unwrap(),
        };
        for _ in 0..2 {
            let told = step.run(input.clone(), NOW).await.unwrap();
            assert_eq!(told.stages.len(), closed.len());
        }
        let parts: BTreeSet<_> = scene.transitions.parts().into_iter().collect();
        let expected = pipeline.strategy.parts_of(&"prod".parse().unwrap());
        assert_eq!(parts, expected.into_iter().collect());
        let reason = scene.transitions.closed.lock().unwrap()[0].2.clone();
        assert!(
            reason.starts_with("Closed by the platform dataall. the team research may not use"),
            "{reason}"
        );
        assert!(
            reason.len() <= 300 && !reason.contains([',', ':', '_']),
            "{reason}"
        );
    }
}

/// The scene as a step owns it.
struct Shared<'a>(&'a Scene);

impl application::records::Pipelines for Shared<'_> {
    async fn pipeline(&self, id: &domain::ids::PipelineId) -> Result<Option<Pipeline>> {
        self.0.records.pipeline(id).await
    }
}

impl application::records::EnvironmentsOfPipelines for Shared<'_> {
    async fn environments(&self, ids: &BTreeSet<&domain::ids::EnvironmentId>) -> Result<Vec<Environment>> {
        self.0.records.environments(ids).await
    }
}

impl StageTransitions for Shared<'_> {
    async fn close(&self, session: &Session, name: &str, part: &str, reason: &str) -> Result<bool> {
        self.0.transitions.close(session, name, part, reason).await
    }

    async fn closed(&self, session: &Session, name: &str) -> Result<Vec<ClosedStage>> {
        self.0.transitions.closed(session, name).await
    }

    async fn open(&self, session: &Session, name: &str, part: &str) -> Result<()> {
        self.0.transitions.open(session, name, part).await
    }
}

#[tokio::test]
async fn the_owner_of_a_stages_account_sees_what_deploys_there_and_may_evict_it() {
    let scene = Scene::new().await;
    let pipeline = scene.create("trunk").await;
    let first = PageRequest {
        limit: 20,
        start: Position::default(),
    };
    for filter in [
        list::Filter::default(),
        list::Filter {
            environment_id: Some(scene.prod.id.clone()),
            ..list::Filter::default()
        },
    ] {
        let seen = list::list(&scene.records, &olga(), &filter, &first)
            .await
            .unwrap();
        assert_eq!(seen.items.len(), 1, "{filter:?}");
    }
    let refused = unlink(&scene.records, &olga(), &scene.prod.id, None, NOW)
        .await
        .unwrap_err();
    let told = refused.to_string();
    assert!(
        told.contains(pipeline.id.as_str()) && told.contains("/pipelines/{pipelineId}"),
        "{told}"
    );
    // She changes nothing else of it, and nobody else evicts it.
    let refused = scene
        .change_pipeline(&olga(), &pipeline, json!({"description": "x"}))
        .await;
    assert_eq!(refused.unwrap_err().name(), "Forbidden");
    assert_eq!(
        scene
            .evict(&alice(), &scene.prod, &pipeline)
            .await
            .unwrap_err()
            .name(),
        "Forbidden"
    );
    let mary = caller("mary", &["marketing"]);
    assert_eq!(
        scene
            .evict(&mary, &scene.prod, &pipeline)
            .await
            .unwrap_err()
            .name(),
        "NotFound"
    );

    let evicted = scene.evict(&olga(), &scene.prod, &pipeline).await.unwrap();
    let names: Vec<_> = evicted.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!((names, evicted.revision.0), (vec!["dev"], 2));
    assert_eq!(
        evicted.updated_by,
        Some(olga().username),
        "it is recorded as hers"
    );
    assert_eq!(evicted.orphans[0].stage.as_str(), "prod");
    assert_eq!(scene.transitions.parts(), ["Approve-prod", "Deploy-prod"]);
    assert_eq!(
        scene
            .evict(&olga(), &scene.prod, &pipeline)
            .await
            .unwrap_err()
            .name(),
        "NotFound"
    );
    unlink(&scene.records, &olga(), &scene.prod.id, None, NOW)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_eviction_is_recorded_even_if_the_cicd_account_lets_nobody_in() {
    let scene = Scene {
        transitions: Transitions {
            refuses: true,
            ..Transitions::default()
        },
        ..Scene::new().await
    };
    let pipeline = scene.create("trunk").await;
    let evicted = scene.evict(&admin(), &scene.prod, &pipeline).await.unwrap();
    assert_eq!(evicted.stages.len(), 1);
}

#[tokio::test]
async fn a_pipeline_without_other_stages_is_deleted_and_its_repository_kept() {
    let scene = Scene::new().await;
    let mut body = scene.body("trunk");
    body["stages"] = json!([body["stages"][1]]);
    let pipeline = scene.create_as(&alice(), &body).await.unwrap();
    let evicted = scene.evict(&olga(), &scene.prod, &pipeline).await.unwrap();
    assert_eq!(evicted.status, PipelineStatus::Deleting);
    let deletion = scene.present(&pipeline).deletion.unwrap();
    assert_eq!(
        (deletion.delete_repository, deletion.requested_by),
        (false, olga().username)
    );
    let again = scene.evict(&olga(), &scene.prod, &pipeline).await.unwrap();
    assert_eq!(again.status, PipelineStatus::Deleting);
}

#[tokio::test]
async fn what_holds_a_repository_is_deleted_not_evicted() {
    let scene = Scene::new().await;
    let pipeline = scene.create("trunk").await;
    let refused = scene.evict(&alice(), &scene.cicd, &pipeline).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Conflict(told) if told.contains("DELETE /pipelines/")),
        "{refused}"
    );
}

#[tokio::test]
async fn only_the_environments_team_takes_an_approval_away() {
    let scene = Scene::new().await;
    let pipeline = scene.create("trunk").await;
    let stages = |stages: Value| json!({"stages": stages});
    let (dev, prod) = (scene.dev.id.as_str(), scene.prod.id.as_str());
    let dev_stage = json!({"name": "dev", "environmentId": dev});
    let evasions = [
        (
            "said",
            json!([dev_stage, {"name": "prod", "environmentId": prod, "manualApproval": false}]),
        ),
        (
            "by default",
            json!([{"name": "prod", "environmentId": prod}, dev_stage]),
        ),
        (
            "renamed",
            json!([dev_stage, {"name": "live", "environmentId": prod, "manualApproval": false}]),
        ),
        (
            "another stage moves there",
            json!([{"name": "dev", "environmentId": prod, "manualApproval": false}]),
        ),
    ];
    for (how, wanted) in &evasions {
        let refused = scene
            .change_pipeline(&alice(), &pipeline, stages(wanted.clone()))
            .await;
        let error = refused.unwrap_err();
        assert!(
            matches!(&error, Error::Forbidden(told) if told.contains("ops")),
            "{how}: {error}"
        );
    }
    // Removed first, it comes back with its approval only.
    scene
        .change_pipeline(&alice(), &pipeline, stages(json!([dev_stage])))
        .await
        .unwrap();
    let unprotected = json!([dev_stage, {"name": "prod", "environmentId": prod, "manualApproval": false}]);
    let refused = scene
        .change_pipeline(&alice(), &pipeline, stages(unprotected.clone()))
        .await;
    assert_eq!(refused.unwrap_err().name(), "Forbidden");
    let protected = json!([dev_stage, {"name": "prod", "environmentId": prod, "manualApproval": true}]);
    scene
        .change_pipeline(&alice(), &pipeline, stages(protected))
        .await
        .unwrap();
    // Dev is research's own, and the administrator may.
    let lowered = json!([
        {"name": "dev", "environmentId": dev, "manualApproval": false},
        {"name": "prod", "environmentId": prod, "manualApproval": true},
    ]);
    scene
        .change_pipeline(&alice(), &pipeline, stages(lowered))
        .await
        .unwrap();
    scene
        .change_pipeline(&admin(), &pipeline, stages(unprotected))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stage_in_the_cicd_account_needs_its_owners_word() {
    let scene = Scene::new().await;
    let pipeline = scene.create("trunk").await;
    let allow = |pipelines: &str| {
        let mut state = scene.records.state();
        let cicd = state.environments.get_mut(scene.cicd.id.as_str()).unwrap();
        cicd.pipelines = serde_json::from_value(json!(pipelines)).unwrap();
    };
    let mut stages = scene.body("trunk")["stages"].clone();
    stages[0] = json!({"name": "here", "environmentId": scene.cicd.id.as_str()});
    allow("DELIVERING");
    let refused = scene
        .change_pipeline(&alice(), &pipeline, json!({"stages": stages}))
        .await;
    assert_eq!(pointers(refused), ["/stages/0/environmentId"]);
    allow("SELF_MUTATING");
    scene
        .change_pipeline(&alice(), &pipeline, json!({"stages": stages}))
        .await
        .unwrap();
}

/// Notes the pages that are written.
#[derive(Default)]
struct Pages(Mutex<Vec<Selected>>);

impl WriteArtifacts for &Pages {
    async fn put(&self, _: &str, body: Vec<u8>) -> Result<()> {
        let page: Vec<Selected> = serde_json::from_slice(&body).unwrap();
        self.0.lock().unwrap().extend(page);
        Ok(())
    }
}

#[tokio::test]
async fn a_redeployment_takes_what_its_caller_may_deploy() {
    for (who, expected) in [(olga(), 1), (admin(), 2)] {
        let scene = Scene::new().await;
        scene.create("trunk").await;
        let mut own = scene.body("trunk");
        own["team"] = json!("ops");
        own["cicdEnvironmentId"] = json!(scene.prod.id.as_str());
        own["stages"] = json!([own["stages"][1]]);
        let own = scene.create_as(&olga(), &own).await.unwrap();
        let target = Target::Environment(scene.prod.id.clone());
        let records = scene.records;
        let redeployment = request(&records, &who, target.clone(), None, NOW).await;
        let pages = Pages::default();
        let step = SelectPipelines {
            records,
            artifacts: &pages,
            concurrent_deployments: NonZeroU32::new(5).unwrap(),
        };
        let input = SelectPipelinesInput {
            redeployment_id: redeployment.unwrap().id,
            target,
            selection: serde_json::from_value(json!({"pages": 0, "pipelines": 0, "complete": false}))
                .unwrap(),
        };
        let selection = step.run(input, NOW).await.unwrap();
        assert_eq!((selection.pipelines, selection.complete), (expected, true));
        let selected = pages.0.lock().unwrap();
        assert!(selected.iter().any(|selected| selected.pipeline_id == own.id));
    }
}
