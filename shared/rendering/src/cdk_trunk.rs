//! The strategy `cdk-trunk`: a DDK application whose `app.py` defines the pipeline that delivers it.
//!
//! The CICD stack's template is emitted by another crate and must equal what the CDK makes of these files; what both
//! sides need to know is public here, once.

use domain::{
    Error, Result,
    account::Target,
    blueprint::{Blueprint, StageBlueprint},
    names::PipelineNames,
    pipeline::StageName,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{BRANCH, File, Repository, formatters};

/// The CDK's command line in the pipeline's builds: any 2.x, since 3.0 refuses the libraries pinned here.
pub const CLI_VERSION: &str = "2";
/// Node.js in the pipeline's builds; aws-cdk-lib 2.275.0 wants 20 or newer, and 20 has reached its end of life.
pub const NODEJS_VERSION: &str = "22";
/// Python in the pipeline's builds.
pub const PYTHON_VERSION: &str = "3.11";
/// The construct id of the application's stack within its stage.
pub const APPLICATION_STACK: &str = "ddk-app";

/// The construct id of a stage, and its name in the `CodePipeline`.
///
/// Not the stage's name alone: the CDK wants two characters at least, drops hyphens at the end where it names folders,
/// and leaves the construct id out of a stack's name that begins with it, which a capital rules out.
#[must_use]
pub fn stage_construct(stage: &StageName) -> String {
    format!("{stage}-Deploy")
}

/// The CICD stack's description. It holds nothing that people type: `CloudFormation` mangles what is not ASCII and
/// does not update a description on its own, and the CDK would look for its tokens in it.
#[must_use]
pub fn stack_description(blueprint: &Blueprint) -> String {
    format!("CICD pipeline of {}", blueprint.name)
}

/// The tags on every resource of the pipeline and of the application: the pipeline's own, and the team and the pipeline
/// unless the pipeline's tags say it otherwise. IAM compares keys without regard to case.
#[must_use]
pub fn tags(blueprint: &Blueprint) -> Vec<(&str, &str)> {
    [
        ("Team", blueprint.team.as_str()),
        ("Pipeline", blueprint.name.as_str()),
    ]
    .into_iter()
    .filter(|(key, _)| {
        blueprint
            .tags
            .iter()
            .all(|(other, _)| !other.eq_ignore_ascii_case(key))
    })
    .chain(blueprint.tags.iter())
    .collect()
}

/// Whether the data of a stage outlives its stack: `prod` or `production` is its name or a part of it. A rule on the
/// name alone, so that a stage added behind another leaves that one as it is.
fn keeps_data(stage: &StageName) -> bool {
    stage
        .as_str()
        .split('-')
        .any(|part| matches!(part, "prod" | "production"))
}

/// The files, the same for every pipeline.
const CONSTANT_FILES: [(&str, &str); 9] = [
    (".gitignore", include_str!("../cdk-trunk/gitignore")),
    ("cdk.json", include_str!("../cdk-trunk/cdk.json")),
    (
        "ddk_app/__init__.py",
        include_str!("../cdk-trunk/ddk_app/__init__.py"),
    ),
    (
        "ddk_app/ddk_app_stack.py",
        include_str!("../cdk-trunk/ddk_app/ddk_app_stack.py"),
    ),
    (
        "ddk_app/environment.py",
        include_str!("../cdk-trunk/ddk_app/environment.py"),
    ),
    ("pytest.ini", include_str!("../cdk-trunk/pytest.ini")),
    (
        "requirements-dev.txt",
        include_str!("../cdk-trunk/requirements-dev.txt"),
    ),
    ("requirements.txt", include_str!("../cdk-trunk/requirements.txt")),
    (
        "tests/test_ddk_app_stack.py",
        include_str!("../cdk-trunk/tests/test_ddk_app_stack.py"),
    ),
];

pub(crate) fn repository(blueprint: &Blueprint) -> Result<Repository> {
    let generated = |path: &str, content: String, rewritten_on_edit| File {
        path: path.to_owned(),
        content,
        rewritten_on_edit,
    };
    let mut files: Vec<File> = CONSTANT_FILES
        .iter()
        .map(|(path, content)| generated(path, (*content).to_owned(), false))
        .collect();
    files.push(generated("app.py", app_py(blueprint)?, true));
    files.push(generated("ddk.json", ddk_json(blueprint), true));
    // Only what never changes in a pipeline's life stands in it: it is not written again.
    files.push(generated("README.md", readme(blueprint)?, false));
    Ok(Repository::new(files))
}

#[derive(Serialize)]
struct AppPy<'a> {
    description: &'a str,
    name: &'a str,
    repository: String,
    stack: String,
    branch: &'a str,
    cli_version: &'a str,
    nodejs_version: &'a str,
    python_version: &'a str,
    application_stack: &'a str,
    stages: Vec<AppPyStage<'a>>,
}

#[derive(Serialize)]
struct AppPyStage<'a> {
    name: &'a str,
    manual_approval: bool,
}

fn app_py(blueprint: &Blueprint) -> Result<String> {
    let names = PipelineNames::from(blueprint);
    render(
        "app.py",
        include_str!("../cdk-trunk/app.py.tt"),
        &AppPy {
            description: blueprint.description.as_str(),
            name: blueprint.name.as_str(),
            repository: names.repository(),
            stack: names.stack(),
            branch: BRANCH,
            cli_version: CLI_VERSION,
            nodejs_version: NODEJS_VERSION,
            python_version: PYTHON_VERSION,
            application_stack: APPLICATION_STACK,
            stages: blueprint
                .stages
                .iter()
                .map(|stage| AppPyStage {
                    name: stage.name.as_str(),
                    manual_approval: stage.manual_approval,
                })
                .collect(),
        },
    )
}

#[derive(Serialize)]
struct Readme<'a> {
    name: &'a str,
    branch: &'a str,
    repository: String,
    cicd_account: &'a str,
    cicd_region: &'a str,
    clone_url: String,
    cli_version: &'a str,
    stage_stack_pattern: String,
}

fn readme(blueprint: &Blueprint) -> Result<String> {
    let names = PipelineNames::from(blueprint);
    render(
        "README.md",
        include_str!("../cdk-trunk/README.md.tt"),
        &Readme {
            name: blueprint.name.as_str(),
            branch: BRANCH,
            repository: names.repository(),
            cicd_account: blueprint.cicd.account_id.as_str(),
            cicd_region: blueprint.cicd.region.as_str(),
            clone_url: names.clone_url(&blueprint.cicd.region),
            cli_version: CLI_VERSION,
            stage_stack_pattern: format!("{}-STAGE", names.repository()),
        },
    )
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
    let bucket = if keeps_data(&stage.name) {
        json!({ "VersioningConfiguration": { "Status": "Enabled" }, "RemovalPolicy": "retain" })
    } else {
        json!({ "RemovalPolicy": "destroy" })
    };
    environment.insert("resources".to_owned(), json!({ "ddk-bucket": bucket }));
    Value::Object(environment)
}

fn render<C: Serialize>(path: &str, template: &'static str, context: &C) -> Result<String> {
    let mut engine = formatters::engine();
    engine
        .add_template(path, template)
        .and_then(|()| engine.render(path, context))
        .map_err(|error| Error::Internal(format!("rendering {path}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blueprint(change: impl FnOnce(&mut Value)) -> Blueprint {
        let mut input = json!({
            "id": "k3j9x0ab", "name": "sales", "team": "research", "strategy": "cdk-trunk",
            "cicd": { "accountId": "111111111111", "region": "eu-west-1" },
            "stages": [
                { "name": "dev", "accountId": "022222222222", "region": "eu-west-1", "team": "research" },
                { "name": "prod", "accountId": "333333333333", "region": "us-east-1", "team": "sales-ops",
                  "manualApproval": true }
            ]
        });
        change(&mut input);
        domain::input::parse(&input).unwrap()
    }

    #[test]
    fn what_a_user_says_stands_in_app_py_as_literals() {
        let app = app_py(&blueprint(|input| {
            input["description"] = json!("Sales \"raw\"\n{data}\\");
        }))
        .unwrap();
        assert!(
            app.contains("DESCRIPTION = 'Sales \"raw\"\\n{data}\\\\'\n"),
            "{app}"
        );
        assert!(app.contains("PIPELINE_NAME = \"sales\"\n"), "{app}");
        assert!(
            app.contains(
                "\npipeline.add_stage(stage_id=\"dev\", stage=ApplicationStage(app, \"dev\"))\n\
                 pipeline.add_stage(stage_id=\"prod\", stage=ApplicationStage(app, \"prod\"), manual_approvals=True)\n\
                 \npipeline.synth()\n"
            ),
            "{app}"
        );
    }

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
    fn tags_of_the_pipeline_go_before_those_of_the_platform() {
        let blueprint = blueprint(|input| input["tags"] = json!({ "team": "mine", "cost-center": "42" }));
        assert_eq!(
            tags(&blueprint),
            [("Pipeline", "sales"), ("cost-center", "42"), ("team", "mine")]
        );
    }

    #[test]
    fn production_keeps_its_data() {
        for (name, keeps) in [
            ("prod", true),
            ("prod-eu", true),
            ("eu-production", true),
            ("preprod", false),
            ("dev", false),
        ] {
            assert_eq!(keeps_data(&StageName::parse(name).unwrap()), keeps, "{name}");
        }
    }

    #[test]
    fn an_edit_writes_only_app_py_and_ddk_json() {
        let before = repository(&blueprint(|_| {})).unwrap();
        let after = repository(&blueprint(|input| {
            input["description"] = json!("Changed");
            input["tags"] = json!({ "cost-center": "42" });
            input["stages"][0]["name"] = json!("test");
        }))
        .unwrap();
        for (old, new) in before.files().iter().zip(after.files()) {
            assert_eq!(old == new, !old.rewritten_on_edit, "{}", old.path);
        }
        assert_ne!(before.digest(), after.digest());
        assert_eq!(before.digest(), repository(&blueprint(|_| {})).unwrap().digest());
    }

    #[test]
    fn cdk_json_keeps_metadata_out_of_the_templates() {
        let repository = repository(&blueprint(|_| {})).unwrap();
        let config: Value = serde_json::from_str(repository.content("cdk.json").unwrap()).unwrap();
        // Else the CDK adds a resource with its versions, which the emitted template cannot know.
        assert_eq!(config["versionReporting"], json!(false));
    }
}
