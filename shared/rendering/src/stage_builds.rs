//! The strategies `trunk` and `gitflow`: a DDK application that a build per stage deploys by `deploy_buildspec.yaml`. The
//! pipeline itself is defined by the platform alone.

use domain::{Result, blueprint::Blueprint, names::PipelineNames};
use serde::Serialize;

use crate::{
    File, Repository,
    application::{self, APPLICATION_STACK, NODEJS_VERSION, PYTHON_VERSION},
};

/// The file that the builds run.
pub const BUILD_SPEC: &str = "deploy_buildspec.yaml";
/// The environment variable that tells a build its stage.
pub const STAGE_VARIABLE: &str = "STAGE";

/// Files that are the same for every pipeline of these strategies.
const CONSTANT_FILES: [(&str, &str); 3] = [
    (
        "tests/test_config.py",
        include_str!("../stage-builds/tests/test_config.py"),
    ),
    (
        "utils/__init__.py",
        include_str!("../stage-builds/utils/__init__.py"),
    ),
    ("utils/config.py", include_str!("../stage-builds/utils/config.py")),
];

/// The repository of a pipeline of `trunk`.
pub(crate) fn trunk(blueprint: &Blueprint) -> Result<Repository> {
    repository(blueprint, false)
}

/// The repository of a pipeline of `gitflow`.
pub(crate) fn gitflow(blueprint: &Blueprint) -> Result<Repository> {
    repository(blueprint, true)
}

fn repository(blueprint: &Blueprint, gitflow: bool) -> Result<Repository> {
    let mut files = application::files(blueprint);
    files.extend(
        CONSTANT_FILES
            .iter()
            .map(|(path, content)| File::once(path, (*content).to_owned())),
    );
    files.push(File::once("app.py", app_py(blueprint)?));
    files.push(File::once(BUILD_SPEC, build_spec()?));
    files.push(application::readme(
        blueprint,
        include_str!("../stage-builds/README.md.tt"),
        gitflow,
    )?);
    Ok(Repository::new(files))
}

#[derive(Serialize)]
struct AppPy<'a> {
    repository: String,
    application_stack: &'a str,
}

fn app_py(blueprint: &Blueprint) -> Result<String> {
    application::render(
        "app.py",
        include_str!("../stage-builds/app.py.tt"),
        &[],
        &AppPy {
            repository: PipelineNames::from(blueprint).repository(),
            application_stack: APPLICATION_STACK,
        },
    )
}

#[derive(Serialize)]
struct BuildSpec<'a> {
    nodejs_version: &'a str,
    python_version: &'a str,
    install_cli: String,
}

fn build_spec() -> Result<String> {
    application::render(
        BUILD_SPEC,
        include_str!("../stage-builds/deploy_buildspec.yaml.tt"),
        &[],
        &BuildSpec {
            nodejs_version: NODEJS_VERSION,
            python_version: PYTHON_VERSION,
            install_cli: application::install_cli(),
        },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{application::CLI_VERSION, example::blueprint};

    fn as_trunk(input: &mut Value) {
        input["strategy"] = json!("trunk");
    }

    #[test]
    fn an_edit_writes_only_ddk_json() {
        let before = trunk(&blueprint(as_trunk)).unwrap();
        let after = trunk(&blueprint(|input| {
            as_trunk(input);
            input["description"] = json!("Changed");
            input["tags"] = json!({ "cost-center": "42" });
            input["stages"][0]["name"] = json!("test");
        }))
        .unwrap();
        let rewritten: Vec<&str> = before
            .files()
            .iter()
            .zip(after.files())
            .filter(|(old, new)| old != new)
            .map(|(old, _)| old.path.as_str())
            .collect();
        assert_eq!(rewritten, ["ddk.json"]);
        let marked = |file: &&File| file.rewritten_on_edit;
        assert_eq!(before.files().iter().filter(marked).count(), 1);
    }

    #[test]
    fn builds_install_a_current_node_and_one_version_of_the_cdk() {
        let spec = build_spec().unwrap();
        assert!(spec.contains("\n      nodejs: \"22\"\n"), "{spec}");
        assert!(
            spec.contains(&format!("\n      - \"npm install -g aws-cdk@{CLI_VERSION}\"\n")),
            "{spec}"
        );
    }
}
