//! The strategy `cdk-trunk`: a DDK application whose `app.py` defines the pipeline that delivers it.
//!
//! The CICD stack's template is emitted by another crate and must equal what the CDK makes of these files; what both
//! sides need to know is public here and in [`crate::application`], once.

use domain::{Result, blueprint::Blueprint, names::PipelineNames, repository::MAIN_BRANCH};
use serde::Serialize;

use crate::{
    File, Repository,
    application::{self, APPLICATION_STACK, CDK_ASSETS_VERSION, CLI_VERSION, NODEJS_VERSION, PYTHON_VERSION},
};

pub(crate) fn repository(blueprint: &Blueprint) -> Result<Repository> {
    let mut files = application::files(blueprint);
    files.push(File::rewritten_on_edit("app.py", app_py(blueprint)?));
    files.push(application::readme(
        blueprint,
        include_str!("../cdk-trunk/README.md.tt"),
        false,
    )?);
    Ok(Repository::new(files))
}

#[derive(Serialize)]
struct AppPy<'a> {
    description: &'a str,
    name: &'a str,
    repository: String,
    stack: String,
    build_log_group: String,
    branch: &'a str,
    cli_version: &'a str,
    cdk_assets_version: &'a str,
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
    application::render(
        "app.py",
        include_str!("../cdk-trunk/app.py.tt"),
        &[],
        &AppPy {
            description: blueprint.description.as_str(),
            name: blueprint.name.as_str(),
            repository: names.repository(),
            stack: names.stack(),
            build_log_group: names.build_log_group(),
            branch: MAIN_BRANCH,
            cli_version: CLI_VERSION,
            cdk_assets_version: CDK_ASSETS_VERSION,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::example::blueprint;

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
}
