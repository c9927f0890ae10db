//! The DDK application in a pipeline's repository: what all strategies share.

use domain::{
    Error, Result,
    account::Target,
    blueprint::{Blueprint, StageBlueprint},
    names::PipelineNames,
    repository::MAIN_BRANCH,
    tags::OWN_TAGS,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{File, formatters};

/// The CDK's command line in the pipeline's builds and in the commands that people run. Exact, as the libraries are: which
/// cloud assemblies it reads is a matter of its version.
pub const CLI_VERSION: &str = "2.1148.1";
/// What publishes assets in `cdk-trunk`. The newest aws-cdk-lib whose assemblies it reads is pinned in requirements.txt.
pub const CDK_ASSETS_VERSION: &str = "4.7.3";
/// Node.js in the pipeline's builds; aws-cdk-lib wants 20 or newer, and 20 has reached its end of life.
pub const NODEJS_VERSION: &str = "22";
/// Python in the pipeline's builds.
pub const PYTHON_VERSION: &str = "3.11";
/// How long the logs of builds are kept: as long as the artifacts from which a run can be repeated.
pub const BUILD_LOG_DAYS: u32 = 90;
/// The construct id of the application's stack within its stage.
pub const APPLICATION_STACK: &str = "ddk-app";

/// The command by which builds get the CDK's command line.
#[must_use]
pub fn install_cli() -> String {
    format!("npm install -g aws-cdk@{CLI_VERSION}")
}

/// The CICD stack's description. It holds nothing that people type: `CloudFormation` mangles what is not ASCII and
/// does not update a description on its own, and the CDK would look for its tokens in it.
#[must_use]
pub fn stack_description(blueprint: &Blueprint) -> String {
    format!("CICD pipeline of {}", blueprint.name)
}

/// The tags on every resource of the pipeline and of the application: the pipeline's own, and the team and the pipeline.
///
/// Pipelines of before these two were reserved may say them otherwise. IAM compares keys without regard to case.
#[must_use]
pub fn tags(blueprint: &Blueprint) -> Vec<(&str, &str)> {
    let own = [blueprint.team.as_str(), blueprint.name.as_str()];
    OWN_TAGS
        .into_iter()
        .zip(own)
        .filter(|(key, _)| {
            blueprint
                .tags
                .iter()
                .all(|(other, _)| !other.eq_ignore_ascii_case(key))
        })
        .chain(blueprint.tags.iter())
        .collect()
}

/// Files that are the same for every pipeline.
const CONSTANT_FILES: [(&str, &str); 11] = [
    (".gitignore", include_str!("../application/gitignore")),
    ("cdk.json", include_str!("../application/cdk.json")),
    (
        "ddk_app/__init__.py",
        include_str!("../application/ddk_app/__init__.py"),
    ),
    (
        "ddk_app/ddk_app_stack.py",
        include_str!("../application/ddk_app/ddk_app_stack.py"),
    ),
    (
        "ddk_app/environment.py",
        include_str!("../application/ddk_app/environment.py"),
    ),
    (
        "ddk_app/summarize.py",
        include_str!("../application/ddk_app/summarize.py"),
    ),
    ("pytest.ini", include_str!("../application/pytest.ini")),
    (
        "requirements-dev.txt",
        include_str!("../application/requirements-dev.txt"),
    ),
    (
        "requirements.txt",
        include_str!("../application/requirements.txt"),
    ),
    (
        "tests/test_ddk_app_stack.py",
        include_str!("../application/tests/test_ddk_app_stack.py"),
    ),
    (
        "tests/test_summarize.py",
        include_str!("../application/tests/test_summarize.py"),
    ),
];

/// Sections that every README holds.
const README_SECTIONS: [(&str, &str); 4] = [
    ("clone", include_str!("../application/readme/clone.md.tt")),
    ("example", include_str!("../application/readme/example.md.tt")),
    ("resources", include_str!("../application/readme/resources.md.tt")),
    ("bootstrap", include_str!("../application/readme/bootstrap.md.tt")),
];

/// The files of the application: those that are the same for every pipeline, and `ddk.json`.
pub(crate) fn files(blueprint: &Blueprint) -> Vec<File> {
    let mut files: Vec<File> = CONSTANT_FILES
        .iter()
        .map(|(path, content)| File::once(path, (*content).to_owned()))
        .collect();
    files.push(File::rewritten_on_edit("ddk.json", ddk_json(blueprint)));
    files
}

#[derive(Serialize)]
struct Readme<'a> {
    pipeline: PipelineInReadme<'a>,
}

/// What a README says of a pipeline. Only what never changes in its life: the file is not written again.
#[derive(Serialize)]
struct PipelineInReadme<'a> {
    name: &'a str,
    branch: &'a str,
    repository: String,
    cicd_account: &'a str,
    cicd_region: &'a str,
    clone_url: String,
    build_log_group: String,
    cli_version: &'a str,
    stage_stack_pattern: String,
    stage_pipeline_pattern: String,
    gitflow: bool,
}

/// The README from a strategy's template. `gitflow` is for the template that two strategies share.
pub(crate) fn readme(blueprint: &Blueprint, template: &'static str, gitflow: bool) -> Result<File> {
    let names = PipelineNames::from(blueprint);
    let of_stage = format!("{}-STAGE", names.repository());
    let pipeline = PipelineInReadme {
        name: blueprint.name.as_str(),
        branch: MAIN_BRANCH,
        repository: names.repository(),
        cicd_account: blueprint.cicd.account_id.as_str(),
        cicd_region: blueprint.cicd.region.as_str(),
        clone_url: names.clone_url(&blueprint.cicd.region),
        build_log_group: names.build_log_group(),
        cli_version: CLI_VERSION,
        stage_pipeline_pattern: of_stage.clone(),
        stage_stack_pattern: of_stage,
        gitflow,
    };
    let readme = render("README.md", template, &README_SECTIONS, &Readme { pipeline })?;
    Ok(File::once("README.md", readme))
}

fn ddk_json(blueprint: &Blueprint) -> String {
    let tags: Map<String, Value> = tags(blueprint)
        .into_iter()
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    let mut environments = Map::new();
    environments.insert("cicd".to_owned(), Value::Object(environment(&blueprint.cicd)));
    for stage in &blueprint.stages {
        environments.insert(stage.name.to_string(), stage_environment(stage));
    }
    format!("{:#}\n", json!({ "tags": tags, "environments": environments }))
}

fn environment(target: &Target) -> Map<String, Value> {
    let mut environment = Map::new();
    environment.insert("account".to_owned(), json!(target.account_id));
    environment.insert("region".to_owned(), json!(target.region));
    if !target.bootstrap_qualifier.is_default() {
        environment.insert(
            "bootstrap_qualifier".to_owned(),
            json!(target.bootstrap_qualifier),
        );
    }
    if let Some(boundary) = &target.permissions_boundary {
        environment.insert(
            "permissions_boundary".to_owned(),
            json!(boundary.arn(&target.account_id)),
        );
    }
    environment
}

fn stage_environment(stage: &StageBlueprint) -> Value {
    let mut environment = environment(&stage.target);
    environment.insert("team".to_owned(), json!(stage.team));
    let bucket = if stage.name.is_production() {
        json!({ "VersioningConfiguration": { "Status": "Enabled" }, "RemovalPolicy": "retain" })
    } else {
        json!({ "RemovalPolicy": "destroy" })
    };
    environment.insert("resources".to_owned(), json!({ "ddk-bucket": bucket }));
    Value::Object(environment)
}

/// Renders a template, which may call `parts` by their names.
pub(crate) fn render<C: Serialize>(
    path: &str,
    template: &'static str,
    parts: &[(&'static str, &'static str)],
    context: &C,
) -> Result<String> {
    let mut engine = formatters::engine();
    parts
        .iter()
        .try_for_each(|(name, part)| engine.add_template(name, part.trim_end()))
        .and_then(|()| engine.add_template(path, template))
        .and_then(|()| engine.render(path, context))
        .map_err(|error| Error::Internal(format!("rendering {path}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::blueprint;

    #[test]
    fn ddk_json_says_each_environment_and_only_what_differs_from_the_default() {
        let config: Value = serde_json::from_str(&ddk_json(&blueprint(|input| {
            input["cicd"]["bootstrapQualifier"] = json!("team1");
            input["stages"][0]["permissionsBoundary"] = json!("bounds/developer");
        })))
        .unwrap();
        assert_eq!(
            config,
            json!({
                "tags": { "Team": "research", "Pipeline": "sales" },
                "environments": {
                    "cicd": { "account": "111111111111", "region": "eu-west-1", "bootstrap_qualifier": "team1" },
                    "dev": {
                        "account": "022222222222", "region": "eu-west-1",
                        "permissions_boundary": "arn:aws:iam::022222222222:policy/bounds/developer",
                        "team": "research",
                        "resources": { "ddk-bucket": { "RemovalPolicy": "destroy" } }
                    },
                    "prod": {
                        "account": "333333333333", "region": "us-east-1", "team": "sales-ops",
                        "resources": { "ddk-bucket": {
                            "VersioningConfiguration": { "Status": "Enabled" }, "RemovalPolicy": "retain"
                        } }
                    }
                }
            })
        );
    }

    #[test]
    fn every_resource_says_whose_it_is() {
        let mut blueprint = blueprint(|input| input["tags"] = json!({ "cost-center": "42" }));
        assert_eq!(
            tags(&blueprint),
            [("Team", "research"), ("Pipeline", "sales"), ("cost-center", "42")]
        );
        blueprint.tags = serde_json::from_value(json!({ "team": "mine", "cost-center": "42" })).unwrap();
        assert_eq!(
            tags(&blueprint),
            [("Pipeline", "sales"), ("cost-center", "42"), ("team", "mine")]
        );
    }

    #[test]
    fn cdk_json_keeps_metadata_out_of_the_templates() {
        let (_, content) = CONSTANT_FILES
            .iter()
            .find(|(path, _)| *path == "cdk.json")
            .unwrap();
        let config: Value = serde_json::from_str(content).unwrap();
        // Else the CDK adds a resource with its versions, which the emitted template cannot know.
        assert_eq!(config["versionReporting"], json!(false));
    }
}
