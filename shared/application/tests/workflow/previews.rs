//! What a preview says is what happens: over pipelines of all strategies and edits of them, while developers change the repository
//! and bootstraps go missing.

use std::collections::{BTreeMap, BTreeSet};

use application::{
    artifacts::ArtifactsPrefix,
    linked_accounts::stacks::DeployProgress,
    pipelines::{
        change::ChangePipelines,
        create::create,
        preview::{
            ComparedWith, FilePreview, Preview, Previews, StackActionPreview, StackPreview, UpdatedBy,
        },
    },
    platform::Platform,
    step::Step as _,
    workflow::{
        check_stack::{CheckStack, CheckStackInput},
        commit_repository::{CommitRepository, CommitRepositoryInput},
        deploy_stack::{DeployStack, DeployStackInput},
        plan::PlanSummary,
        prepare::{Prepare, PrepareInput},
        render_repository::{RenderRepository, RenderRepositoryInput, Rendered},
    },
};
use differences::{StackDifference, difference, unified};
use domain::{
    Error, Result,
    account::AccountId,
    deployment::{Commit, Deployment},
    ids::PipelineId,
    input,
    names::PipelineNames,
    permissions::Caller,
    pipeline::Pipeline,
    prefix::Prefix,
    quota::PipelineQuotas,
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    fixtures::{CICD, DEV, PROD, environment},
    support::{Machine, NoHistory, caller},
    world::{Account, Hosted, World, bootstrap, role},
};

const NOW: OffsetDateTime = datetime!(2026-11-22 10:00 UTC);
const ENVIRONMENTS: [(&str, &str, &str); 5] = [
    ("env-cicd0001", CICD, "eu-west-1"),
    ("env-dev00001", DEV, "eu-west-1"),
    ("env-prod0001", PROD, "us-east-1"),
    ("env-test0001", DEV, "eu-central-1"),
    ("env-last0001", "444444444444", "eu-west-1"),
];
const STAGES: [&str; 4] = ["dev", "test", "staging", "prod"];
const QUOTAS: PipelineQuotas = PipelineQuotas {
    team: 10,
    cicd_environment: 10,
};
/// What a preview may call.
const READS: [&str; 11] = [
    "GetBranch",
    "GetCommit",
    "GetFile",
    "GetMergeConflicts",
    "GetRepository",
    "ListTagsForResource",
    "DescribeStacks",
    "GetTemplate",
    "GetObject",
    "FindObject",
    "DescribeExecution",
];

/// What somebody asks of a pipeline.
#[derive(Clone, Debug)]
struct Wanted {
    stages: Vec<(usize, usize, Option<bool>)>,
    tags: BTreeMap<&'static str, &'static str>,
    description: &'static str,
}

/// What happens between two edits.
#[derive(Clone, Debug)]
enum Meanwhile {
    Nothing,
    /// A developer sets a member of a stage in ddk.json.
    Member(Index, Index, &'static str, &'static str),
    /// A developer changes a line of a file: which one, of which file, on which branch.
    Line(Index, Index, Index),
    /// A developer deletes a file that edits write.
    Delete(Index, Index),
    /// A developer merges `main` into another branch: that branch gets its files.
    Merge(Index),
    /// Somebody deletes a branch other than main.
    NoBranch(Index),
    /// The bootstrap of an account goes, or comes back.
    Bootstrap(usize, bool),
    /// The account lets the platform in no more, or again.
    Role(usize, bool),
    /// A pipeline that updates itself does so.
    Run,
    /// Somebody deletes the CICD stack.
    NoStack,
    /// A stack was never completed.
    Broken,
}

impl Wanted {
    fn body(&self) -> Value {
        let stages = self.stages.iter().map(|(name, environment, approval)| {
            let mut stage = json!({"name": STAGES[*name], "environmentId": ENVIRONMENTS[*environment].0});
            if let Some(approval) = approval {
                stage["manualApproval"] = json!(approval);
            }
            stage
        });
        json!({"description": self.description, "tags": self.tags, "stages": stages.collect::<Vec<_>>()})
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let names = proptest::sample::subsequence(vec![0, 1, 2, 3], 1..=4).prop_shuffle();
    let stages = names.prop_flat_map(|names| {
        let place = (1..ENVIRONMENTS.len(), proptest::option::of(any::<bool>()));
        proptest::collection::vec(place, names.len()).prop_map(move |places| {
            let stages = names.iter().zip(places);
            stages
                .map(|(name, (environment, approval))| (*name, environment, approval))
                .collect::<Vec<_>>()
        })
    });
    let tags = proptest::collection::btree_map(
        proptest::sample::select(vec!["cost", "tier"]),
        proptest::sample::select(vec!["1", "Köln"]),
        0..=2,
    );
    (
        stages,
        tags,
        proptest::sample::select(vec!["", "Sales", "Zürich"]),
    )
        .prop_map(|(stages, tags, description)| Wanted {
            stages,
            tags,
            description,
        })
}

fn meanwhile() -> impl Strategy<Value = Meanwhile> {
    let member = proptest::sample::select(vec!["env_vars", "account", "extra"]);
    let value = proptest::sample::select(vec!["a", "b"]);
    let [one, two, three] = [any::<Index>(), any::<Index>(), any::<Index>()];
    prop_oneof![
        3 => Just(Meanwhile::Nothing),
        4 => (one, two, member, value).prop_map(|(branch, stage, member, value)| Meanwhile::Member(branch, stage, member, value)),
        4 => (three, any::<Index>(), any::<Index>()).prop_map(|(branch, file, line)| Meanwhile::Line(branch, file, line)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(branch, file)| Meanwhile::Delete(branch, file)),
        1 => any::<Index>().prop_map(Meanwhile::Merge),
        1 => any::<Index>().prop_map(Meanwhile::NoBranch),
        1 => (0..ENVIRONMENTS.len(), any::<bool>()).prop_map(|(account, there)| Meanwhile::Bootstrap(account, there)),
        1 => (0..ENVIRONMENTS.len(), any::<bool>()).prop_map(|(account, there)| Meanwhile::Role(account, there)),
        2 => Just(Meanwhile::Run),
        1 => Just(Meanwhile::NoStack),
        1 => Just(Meanwhile::Broken),
    ]
}

/// The world with one pipeline.
struct Scene {
    world: World,
    alice: Caller,
    strategy: &'static str,
    platform: Platform,
    /// The account that the platform is not let into, with what it has.
    shut: BTreeMap<String, Account>,
}

impl Scene {
    fn new(strategy: &'static str) -> Self {
        let world = World::default();
        {
            let mut records = world.records.state();
            let mut state = world.state();
            for (id, account, region) in ENVIRONMENTS {
                let environment = environment(id, account, region);
                records.environments.insert(id.to_owned(), environment);
                let stacks = [
                    ("dataall-environment".to_owned(), role("self-mutating")),
                    (
                        "CDKToolkit".to_owned(),
                        bootstrap("21", &[("TrustedAccounts", CICD)]),
                    ),
                ];
                state.accounts.insert(account.to_owned(), Account::from(stacks));
            }
        }
        Self {
            world,
            alice: caller("alice", &["research"]),
            strategy,
            platform: Platform {
                prefix: Prefix::default(),
                account_id: AccountId::parse("000000000000").unwrap(),
            },
            shut: BTreeMap::new(),
        }
    }

    fn pipeline(&self) -> Pipeline {
        self.world.pipeline()
    }

    fn repository_name(&self) -> String {
        PipelineNames::of(&self.platform.prefix, &self.pipeline()).repository()
    }

    fn hosted(&self) -> Option<Hosted> {
        self.world
            .state()
            .repositories
            .get(&self.repository_name())
            .cloned()
    }

    /// The preview, which only reads.
    async fn previewed(&self, id: Option<&PipelineId>, body: &Value) -> Result<Preview> {
        let world = &self.world;
        let writes = world.records.state().writes;
        world.calls.forget();
        let previews = Previews {
            store: &world.records,
            executions: &Machine::default(),
            artifacts: &world,
            repositories: &world,
            accounts: &world,
            platform: &self.platform,
            quotas: QUOTAS,
        };
        let preview = match id {
            Some(id) => {
                let wanted = input::parse(body)?;
                previews.change(&self.alice, id, wanted, None, NOW).await
            }
            None => previews.create(&self.alice, input::parse(body)?, NOW).await,
        };
        assert_eq!(world.records.state().writes, writes);
        for call in world.calls.made() {
            assert!(READS.contains(&call), "{call}");
        }
        preview
    }

    async fn created(&self, body: &Value) -> Result<Pipeline> {
        let prefix = &self.platform.prefix;
        create(
            &self.world.records,
            prefix,
            &self.alice,
            input::parse(body)?,
            None,
            NOW,
        )
        .await
    }

    async fn changed(&self, id: &PipelineId, body: &Value) -> Result<Pipeline> {
        let pipelines = ChangePipelines {
            store: &self.world.records,
            executions: &Machine::default(),
            prefix: &self.platform.prefix,
        };
        let wanted = input::parse(body)?;
        pipelines.change(&self.alice, id, wanted, None, NOW).await
    }

    /// Runs the workflow for the deployment that the pipeline waits for. What was rendered, and the error that it ended in, if it did.
    async fn deployed(&self) -> (Option<Rendered>, Option<Error>) {
        let pipeline = self.pipeline();
        let id = pipeline.active_deployment.clone().unwrap();
        let deployment = self.world.records.state().deployments[id.as_str()].clone();
        let mut done = Done::default();
        let error = self.steps(&pipeline, &deployment, &mut done).await.err();
        let mut state = json!({
            "pipelineId": pipeline.id, "deploymentId": id, "plan": done.plan, "rendered": done.rendered, "commit": done.commit,
        });
        let records = &self.world.records;
        if let Some(error) = &error {
            let cause = json!({"errorMessage": error.to_string()}).to_string();
            state["failure"] = json!({"Error": error.name(), "Cause": cause});
        }
        let input = json!({"executionArn": "arn:x", "state": state});
        let input = serde_json::from_value(input).unwrap();
        if error.is_some() {
            let step = application::workflow::record_outcome::RecordFailure {
                store: records,
                history: &NoHistory,
            };
            step.run(input, NOW).await.unwrap();
        } else {
            let step = application::workflow::record_outcome::RecordSuccess {
                store: records,
                history: &NoHistory,
            };
            step.run(input, NOW).await.unwrap();
        }
        (done.rendered, error)
    }

    async fn steps(&self, pipeline: &Pipeline, deployment: &Deployment, done: &mut Done) -> Result<()> {
        let world = &self.world;
        let prepare = Prepare {
            prefix: self.platform.prefix.clone(),
            platform_account_id: self.platform.account_id.clone(),
            records: world,
            accounts: world,
            artifacts: world,
        };
        let input = PrepareInput {
            pipeline_id: pipeline.id.clone(),
            pipeline_name: pipeline.name.clone(),
            revision: deployment.revision,
            deployment_id: deployment.id.clone(),
            execution_arn: "arn:x".to_owned(),
            started_at: NOW,
        };
        let plan = prepare.run(input, NOW).await?;
        done.plan = Some(plan.clone());
        let input = RenderRepositoryInput {
            deployment_id: deployment.id.clone(),
            plan: plan.clone(),
        };
        let rendered = RenderRepository { artifacts: world }.run(input, NOW).await?;
        done.rendered = Some(rendered.clone());
        let commit = CommitRepository {
            artifacts: world,
            host: world,
        };
        let input = CommitRepositoryInput {
            deployment_id: deployment.id.clone(),
            plan: plan.clone(),
        };
        done.commit = Some(commit.run(input, NOW).await?);
        loop {
            let input = DeployStackInput {
                deployment_id: deployment.id.clone(),
                plan: plan.clone(),
                rendered: rendered.clone(),
                started_at: Some(NOW),
            };
            let deploy = DeployStack {
                artifacts: world,
                stacks: world,
                running: world,
            };
            let stack = deploy.run(input, NOW).await?;
            if stack.progress == DeployProgress::Complete {
                return Ok(());
            }
            world.tick();
            let check = CheckStack {
                artifacts: world,
                stacks: world,
            };
            let input = CheckStackInput {
                deployment_id: deployment.id.clone(),
                plan: plan.clone(),
                rendered: rendered.clone(),
                stack,
                started_at: NOW,
            };
            check.run(input, NOW).await?;
        }
    }

    fn happens(&mut self, meanwhile: &Meanwhile) {
        let name = self.repository_name();
        match meanwhile {
            Meanwhile::Nothing => {}
            Meanwhile::Bootstrap(index, there) => {
                let account = ENVIRONMENTS[*index].1;
                let mut state = self.world.state();
                let Some(stacks) = state.accounts.get_mut(account) else {
                    return;
                };
                stacks.remove("CDKToolkit");
                if *there {
                    let toolkit = bootstrap("21", &[("TrustedAccounts", CICD)]);
                    stacks.insert("CDKToolkit".to_owned(), toolkit);
                }
            }
            Meanwhile::Role(index, there) => {
                let account = ENVIRONMENTS[*index].1.to_owned();
                let mut state = self.world.state();
                if *there {
                    state.accounts.extend(self.shut.remove_entry(&account));
                } else {
                    self.shut.extend(state.accounts.remove_entry(&account));
                }
            }
            Meanwhile::Run => self.runs(),
            Meanwhile::NoStack => self.world.state().stacks.clear(),
            Meanwhile::Broken => {
                if let Some(stack) = self.world.state().stacks.last_mut() {
                    "ROLLBACK_COMPLETE".clone_into(&mut stack.status);
                }
            }
            pushed => {
                let mut state = self.world.state();
                if let Some(hosted) = state.repositories.get_mut(&name) {
                    push(hosted, pushed);
                }
            }
        }
    }

    /// A pipeline that updates itself takes over what the platform rendered last.
    fn runs(&self) {
        let last = self.pipeline().last_deployment.map(|deployment| deployment.id);
        let Some(id) = last.filter(|_| self.strategy == "cdk-trunk") else {
            return;
        };
        let prefix = ArtifactsPrefix::of(&id);
        let mut state = self.world.state();
        let rendered: BTreeMap<String, String> = state
            .stacks
            .iter()
            .filter_map(|stack| {
                let template = state.artifacts.get(&prefix.template(&stack.name))?;
                Some((stack.name.clone(), String::from_utf8(template.clone()).unwrap()))
            })
            .collect();
        for stack in &mut state.stacks {
            if let Some(template) = rendered.get(&stack.name) {
                stack.template.clone_from(template);
            }
        }
    }
}

/// What the steps of a deployment have done.
#[derive(Default)]
struct Done {
    plan: Option<PlanSummary>,
    rendered: Option<Rendered>,
    commit: Option<Commit>,
}

/// What a developer does in the repository.
fn push(hosted: &mut Hosted, pushed: &Meanwhile) {
    let branches: Vec<String> = hosted
        .branches
        .keys()
        .filter(|branch| !branch.starts_with("dataall/"))
        .cloned()
        .collect();
    let others: Vec<&String> = branches.iter().filter(|branch| *branch != "main").collect();
    match pushed {
        Meanwhile::Member(branch, stage, member, value) => {
            let branch = branch.get(&branches);
            let mut files = hosted.files(branch).clone();
            let Some(ddk) = files.get("ddk.json") else { return };
            let Ok(mut ddk) = serde_json::from_str::<Value>(ddk) else {
                return;
            };
            let Some(stages) = ddk["environments"].as_object_mut() else {
                return;
            };
            let names: Vec<String> = stages.keys().cloned().collect();
            if names.is_empty() {
                return;
            }
            stages[stage.get(&names)][member] = json!(value);
            files.insert("ddk.json".to_owned(), format!("{ddk:#}\n"));
            hosted.push(branch, "A developer's change", files, None);
        }
        Meanwhile::Line(branch, file, line) => {
            let branch = branch.get(&branches);
            let mut files = hosted.files(branch).clone();
            let path = *file.get(&["app.py", "ddk.json"]);
            let Some(text) = files.get(path) else { return };
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            if lines.is_empty() {
                return;
            }
            let line = line.index(lines.len());
            let edited: String = lines
                .iter()
                .enumerate()
                .map(|(number, text)| {
                    if number == line {
                        format!("{}  # theirs\n", text.trim_end())
                    } else {
                        (*text).to_owned()
                    }
                })
                .collect();
            files.insert(path.to_owned(), edited);
            hosted.push(branch, "A developer's change", files, None);
        }
        Meanwhile::Delete(branch, file) => {
            let branch = branch.get(&branches);
            let mut files = hosted.files(branch).clone();
            files.remove(*file.get(&["app.py", "ddk.json"]));
            hosted.push(branch, "A developer's change", files, None);
        }
        Meanwhile::Merge(branch) if !others.is_empty() => {
            let branch = branch.get(&others).as_str();
            let main = hosted.branches["main"].clone();
            let files = hosted.files("main").clone();
            hosted.push(branch, "Merge main", files, Some(&main));
        }
        Meanwhile::NoBranch(branch) if !others.is_empty() => {
            let branch = (*branch.get(&others)).clone();
            hosted.branches.remove(&branch);
        }
        _ => {}
    }
}

/// The changes of a branch's files as a preview tells them.
fn diffs(
    before: Option<&BTreeMap<String, String>>,
    after: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let none = BTreeMap::new();
    let before = before.unwrap_or(&none);
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| {
            let states = [before, after].map(|files| files.get(path).map(String::as_str));
            (path.clone(), unified(path, states[0], states[1]))
        })
        .collect()
}

fn told(files: &[FilePreview]) -> BTreeMap<String, String> {
    files
        .iter()
        .map(|file| (file.path.clone(), file.diff.clone()))
        .collect()
}

/// The heads of the branches that are not the platform's proposals.
fn heads(hosted: &Hosted) -> BTreeMap<String, String> {
    let branches = hosted.branches.iter();
    branches
        .filter(|(name, _)| !name.starts_with("dataall/"))
        .map(|(name, head)| (name.clone(), head.clone()))
        .collect()
}

/// What was there before a deployment.
struct Before {
    pipeline: Option<Pipeline>,
    hosted: Option<Hosted>,
    templates: BTreeMap<String, String>,
}

impl Before {
    fn of(scene: &Scene, there: bool) -> Self {
        let templates = scene.world.state().stacks.iter().map(template).collect();
        Self {
            pipeline: there.then(|| scene.pipeline()),
            hosted: there.then(|| scene.hosted()).flatten(),
            templates,
        }
    }
}

fn template(stack: &crate::world::Stack) -> (String, String) {
    let told = stack.template.replace(|c: char| !c.is_ascii(), "?");
    (stack.name.clone(), told)
}

fn parsed(template: &str) -> Value {
    serde_json::from_str(template).unwrap_or_default()
}

/// Compares a preview with what the deployment did.
fn compare(
    scene: &Scene,
    before: &Before,
    preview: &Preview,
    rendered: Option<Rendered>,
    error: Option<&Error>,
) {
    let after = scene.pipeline();
    assert_eq!(preview.revision, after.revision);
    let left: Vec<_> = preview.orphans.iter().map(|orphan| &orphan.orphan).collect();
    let known = before.pipeline.as_ref().map(|before| before.orphans.clone());
    let known = known.unwrap_or_default();
    for orphan in &after.orphans {
        assert!(known.contains(orphan) || left.contains(&orphan), "{orphan:?}");
    }
    for orphan in &left {
        assert!(after.orphans.contains(orphan) && !known.contains(orphan));
    }
    for orphan in &preview.taken_over {
        assert!(known.contains(orphan) && !after.orphans.contains(orphan));
    }
    let hosted = scene.hosted();
    if let Some(error) = error {
        assert!(!preview.deployable);
        let codes: Vec<&str> = preview
            .problems
            .iter()
            .map(|problem| problem.code.as_str())
            .collect();
        assert!(codes.contains(&error.name()), "{error}: {codes:?}");
        assert_eq!(
            before.hosted.as_ref().map(heads),
            hosted.as_ref().map(heads),
            "{error}"
        );
        return;
    }
    assert!(preview.deployable, "{:?}", preview.problems);
    compare_repository(before.hosted.as_ref(), &hosted.unwrap(), preview);
    let rendered = rendered.unwrap();
    let templates: BTreeMap<String, String> = scene.world.state().stacks.iter().map(template).collect();
    let id = after.last_deployment.unwrap().id;
    let of_run: BTreeMap<String, String> = {
        let state = scene.world.state();
        let names = rendered.stacks.iter().map(|stack| stack.name.clone());
        names
            .map(|name| {
                let key = ArtifactsPrefix::of(&id).template(&name);
                let template = String::from_utf8(state.artifacts[&key].clone()).unwrap();
                (name, template)
            })
            .collect()
    };
    let names: BTreeSet<&String> = of_run.keys().collect();
    let needed = preview
        .stacks
        .iter()
        .filter(|stack| stack.action != StackActionPreview::Keep);
    assert_eq!(needed.map(|stack| &stack.name).collect::<BTreeSet<_>>(), names);
    for stack in &preview.stacks {
        compare_stack(stack, &before.templates, &templates, &of_run);
    }
}

fn compare_repository(before: Option<&Hosted>, after: &Hosted, preview: &Preview) {
    let repository = preview.repository.as_ref().unwrap();
    assert_eq!(repository.created, before.is_none());
    let mut previewed = BTreeSet::new();
    for branch in &repository.branches {
        let name = branch.name.as_str();
        previewed.insert(name);
        let head = before.and_then(|before| before.branches.get(name));
        assert_eq!(branch.head.as_ref(), head, "{name}");
        assert_eq!(branch.created, head.is_none(), "{name}");
        assert!(branch.files.iter().all(|file| file.conflict.is_none()));
        if branch.created && name != "main" {
            assert_eq!(after.branches[name], after.branches["main"], "{name}");
            continue;
        }
        let files = head.map(|_| before.unwrap().files(name));
        assert_eq!(told(&branch.files), diffs(files, after.files(name)), "{name}");
        assert_eq!(
            branch.files.is_empty(),
            head == after.branches.get(name),
            "{name}"
        );
    }
    for (name, head) in heads(after) {
        let untouched = before.is_some_and(|before| before.branches.get(&name) == Some(&head));
        assert!(previewed.contains(name.as_str()) || untouched, "{name}");
    }
    let mut tags = before.map(|before| before.tags.clone()).unwrap_or_default();
    tags.retain(|key, _| !repository.tags.removed.contains(key));
    tags.extend(repository.tags.set.clone());
    assert_eq!(tags, after.tags);
    if let Some(before) = before {
        let told = repository
            .description
            .as_ref()
            .map(|change| (&change.before, &change.after));
        let changed =
            (before.description != after.description).then_some((&before.description, &after.description));
        assert_eq!(told, changed);
    }
}

fn compare_stack(
    stack: &StackPreview,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    rendered: &BTreeMap<String, String>,
) {
    let name = &stack.name;
    let of = |templates: &BTreeMap<String, String>| {
        parsed(templates.get(name).map(String::as_str).unwrap_or_default())
    };
    match stack.action {
        StackActionPreview::Create | StackActionPreview::Recreate => {
            assert_eq!(
                stack.difference,
                difference(&Value::Null, &parsed(&rendered[name])),
                "{name}"
            );
            assert!(
                difference(&of(after), &parsed(&rendered[name])).is_empty(),
                "{name}"
            );
        }
        StackActionPreview::Unchanged => {
            assert!(stack.difference.is_empty());
            assert_eq!(before[name], after[name]);
        }
        StackActionPreview::Keep => {
            assert_eq!(stack.difference, StackDifference::default());
            assert_eq!(before.get(name), after.get(name));
        }
        StackActionPreview::Update => match (stack.updated_by.unwrap(), stack.compared_with.unwrap()) {
            (UpdatedBy::Deployment, compared_with) => {
                assert_eq!(compared_with, ComparedWith::Deployed);
                assert_eq!(
                    stack.difference,
                    difference(&of(before), &parsed(&rendered[name])),
                    "{name}"
                );
                assert!(
                    difference(&of(after), &parsed(&rendered[name])).is_empty(),
                    "{name}"
                );
            }
            (UpdatedBy::Run, compared_with) => {
                // The deployment leaves it to the run, which makes of the repository what is rendered here.
                assert_eq!(before[name], after[name]);
                if compared_with == ComparedWith::Deployed {
                    assert_eq!(
                        stack.difference,
                        difference(&of(before), &parsed(&rendered[name])),
                        "{name}"
                    );
                }
            }
        },
    }
}

/// The preview of a creation, whose pipeline gets another id.
fn compare_creation(scene: &Scene, preview: &Preview, error: Option<&Error>) {
    let pipeline = scene.pipeline();
    assert_eq!(
        preview.deployable,
        error.is_none(),
        "{error:?} {:?}",
        preview.problems
    );
    if let Some(error) = error {
        assert!(
            preview
                .problems
                .iter()
                .any(|problem| problem.code == error.name()),
            "{error}"
        );
        return;
    }
    let renamed = |text: &str| text.replace(preview.pipeline_id.as_str(), pipeline.id.as_str());
    let repository = preview.repository.as_ref().unwrap();
    let hosted = scene.hosted().unwrap();
    assert!(repository.created && renamed(&repository.name) == scene.repository_name());
    let branches: BTreeSet<&str> = repository
        .branches
        .iter()
        .map(|branch| branch.name.as_str())
        .collect();
    assert_eq!(branches, hosted.branches.keys().map(String::as_str).collect());
    let files: BTreeMap<String, String> = told(&repository.branches[0].files)
        .into_iter()
        .map(|(path, diff)| (path, renamed(&diff)))
        .collect();
    assert_eq!(files, diffs(None, hosted.files("main")));
    let stacks = scene.world.state().stacks.clone();
    assert_eq!(preview.stacks.len(), stacks.len());
    for stack in &preview.stacks {
        assert_eq!(stack.action, StackActionPreview::Create);
        let created = stacks
            .iter()
            .find(|created| created.name == renamed(&stack.name))
            .unwrap();
        let made = parsed(&created.template);
        let kinds = made["Resources"].as_object().unwrap().values();
        let mut kinds: Vec<String> = kinds
            .map(|resource| resource["Type"].as_str().unwrap().to_owned())
            .collect();
        let access = stack.difference.iam.iter().map(|change| change.kind.clone());
        let access = access.filter(|kind| kind.starts_with("AWS::IAM"));
        let mut told: Vec<String> = stack
            .difference
            .added
            .iter()
            .map(|added| added.kind.clone())
            .chain(access)
            .collect();
        kinds.sort();
        told.sort();
        assert_eq!(told, kinds);
    }
}

async fn holds(strategy: &'static str, first: Wanted, edits: Vec<(Meanwhile, Wanted)>) {
    let mut scene = Scene::new(strategy);
    let mut body = first.body();
    let own = json!({"name": "sales", "team": "research", "strategy": strategy, "cicdEnvironmentId": "env-cicd0001"});
    body.as_object_mut()
        .unwrap()
        .extend(own.as_object().unwrap().clone());
    let preview = scene.previewed(None, &body).await;
    let created = scene.created(&body).await;
    let (preview, pipeline) = match (preview, created) {
        (Ok(preview), Ok(pipeline)) => (preview, pipeline),
        (preview, created) => {
            assert_eq!(preview.unwrap_err().to_string(), created.unwrap_err().to_string());
            return;
        }
    };
    let (_, error) = scene.deployed().await;
    compare_creation(&scene, &preview, error.as_ref());
    for (meanwhile, wanted) in edits {
        scene.happens(&meanwhile);
        let body = wanted.body();
        let before = Before::of(&scene, true);
        let preview = scene.previewed(Some(&pipeline.id), &body).await;
        let changed = scene.changed(&pipeline.id, &body).await;
        let (preview, changed) = match (preview, changed) {
            (Ok(preview), Ok(changed)) => (preview, changed),
            (preview, changed) => {
                assert_eq!(preview.unwrap_err().to_string(), changed.unwrap_err().to_string());
                continue;
            }
        };
        assert_eq!(preview.unchanged, changed.active_deployment.is_none());
        if preview.unchanged {
            continue;
        }
        let (rendered, error) = scene.deployed().await;
        compare(&scene, &before, &preview, rendered, error.as_ref());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_a_preview_says_is_what_happens(
        strategy in proptest::sample::select(vec!["cdk-trunk", "trunk", "gitflow"]),
        first in wanted(),
        edits in proptest::collection::vec((meanwhile(), wanted()), 2..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(holds(strategy, first, edits));
    }
}
