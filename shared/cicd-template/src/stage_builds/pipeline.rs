//! A pipeline that delivers one branch to one stage or to several in a row.

use domain::{
    blueprint::{Blueprint, StageBlueprint},
    names::{approval_stage, deploy_stage},
};
use serde_json::{Value, json};

use super::{artifacts, deploy_project};
use crate::{
    build_project::START_BUILD,
    cicd::Cicd,
    code_pipeline::{Action, CodePipeline, stage},
    iam::{self, Statement},
    intrinsics::{arn_of, reference, sorted_set},
    logical_id::Path,
    source::{self, BranchRule},
    template::Template,
};

/// The stage, the action and the artifact of the repository's files.
const SOURCE: &str = "Source";

/// A pipeline of the stack.
#[derive(Debug)]
pub(crate) struct Pipeline<'b> {
    construct: String,
    name: String,
    branch: String,
    stages: Vec<&'b StageBlueprint>,
}

impl<'b> Pipeline<'b> {
    /// The pipelines of a stack.
    pub(crate) fn all(cicd: &Cicd<'b>) -> Vec<Self> {
        let Blueprint { strategy, stages, .. } = cicd.blueprint;
        strategy
            .code_pipelines(cicd.names, stages.iter().map(|stage| &stage.name))
            .into_iter()
            .map(|code_pipeline| Self {
                construct: match &code_pipeline.stage {
                    Some(stage) => format!("Pipeline-{stage}"),
                    None => "Pipeline".to_owned(),
                },
                stages: stages
                    .iter()
                    .filter(|stage| code_pipeline.delivers(&stage.name))
                    .collect(),
                name: code_pipeline.name,
                branch: code_pipeline.branch,
            })
            .collect()
    }

    pub(crate) fn stages(&self) -> &[&'b StageBlueprint] {
        &self.stages
    }

    fn path(&self) -> Path {
        Path::new([&self.construct])
    }

    fn logical_id(&self) -> String {
        self.path().resource_id()
    }

    /// Adds the rule that starts the pipeline when its branch moves. What a deployment commits starts nothing: the stack is
    /// not up to date yet. The deployment starts the pipeline itself once it is.
    pub(crate) fn add_rule(&self, cicd: &Cicd<'_>, template: &mut Template) {
        let rule = BranchRule {
            repository: "Repository",
            pipeline_in_app: &Path::new([&cicd.stack, &self.construct]),
            pipeline: &self.logical_id(),
            branch: &self.branch,
            role: &arn_of(&events_role().resource_id()),
            but_not_by: Some(cicd.deployment_sessions_arn()),
        };
        template.add(rule.resource(cicd));
    }

    /// Adds the pipeline. Its actions run with its own role: there is no other account for them to reach.
    pub(crate) fn add(&self, cicd: &Cicd<'_>, template: &mut Template) {
        let store = artifacts::store();
        let source = source::action(cicd, SOURCE.to_owned(), &self.branch, SOURCE.to_owned());
        let projects = self
            .stages
            .iter()
            .map(|stage| arn_of(&deploy_project::logical_id(&stage.name)));
        CodePipeline {
            path: self.path(),
            name: self.name.clone(),
            artifact_stores: ("ArtifactStore", store.location()),
            stages: [stage(SOURCE, [source])]
                .into_iter()
                .chain(self.stages.iter().copied().flat_map(approval_and_deployment))
                .collect(),
            restarts_on_update: false,
            permissions: store
                .read_write()
                .into_iter()
                .chain([
                    source::read_repository(cicd),
                    Statement::allow(&START_BUILD).on(sorted_set(projects)),
                ])
                .collect(),
        }
        .add(template);
    }
}

/// What the pipeline does for a stage: perhaps it waits for a person, then it runs the build.
fn approval_and_deployment(of: &StageBlueprint) -> impl Iterator<Item = Value> + use<> {
    let approval = of.manual_approval.then(|| {
        let question = format!(
            "Deploy to the stage {}: account {}, region {}",
            of.name, of.target.account_id, of.target.region
        );
        let approve = Action::new("Approval", "Manual", "Approve".to_owned())
            .configuration(json!({ "CustomData": question }));
        stage(approval_stage(&of.name), [approve])
    });
    let deploy = Action::new("Build", "CodeBuild", "Deploy".to_owned())
        .configuration(json!({ "ProjectName": reference(&deploy_project::logical_id(&of.name)) }))
        .input(SOURCE.to_owned());
    approval
        .into_iter()
        .chain([stage(deploy_stage(&of.name), [deploy])])
}

fn events_role() -> Path {
    Path::new(["EventsRole"])
}

/// Adds the role with which the rules start the pipelines.
pub(crate) fn add_events_role(cicd: &Cicd<'_>, pipelines: &[Pipeline<'_>], template: &mut Template) {
    let role = events_role();
    template.add(iam::role(&role, &iam::trust_in_service("events.amazonaws.com")));
    let arns = pipelines
        .iter()
        .map(|pipeline| cicd.pipeline_arn(&pipeline.logical_id()));
    template.add(iam::default_policy(
        &role,
        [source::start_pipelines(sorted_set(arns))],
    ));
}
