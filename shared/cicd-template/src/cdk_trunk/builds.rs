//! The builds of the pipeline: `Synth` makes templates of the repository, `SelfMutate` deploys the CICD stack's own.

use rendering::application::{self, NODEJS_VERSION, PYTHON_VERSION};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    artifacts,
    constructs::{build_action_role, ddk_construct, pipeline_construct, pipeline_role},
    source,
};
use crate::{
    build_project::{BuildProject, COMPUTE_TYPE, CONTAINER, IMAGE, IMAGE_OWNER, START_BUILD},
    cicd::Cicd,
    code_pipeline::Action,
    iam::{self, Statement},
    intrinsics::{arn_of, reference, sorted_set},
    logical_id::{Path, hex},
    template::Template,
};

/// The artifact that `Synth` puts out: the cloud assembly.
pub(crate) const SYNTH_OUTPUT: &str = "Synth_Output";

/// A build of the pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Build {
    Synth,
    SelfMutate,
}

impl Build {
    fn path(self) -> Path {
        match self {
            Self::Synth => pipeline_construct(&["Build", "Synth", "CdkBuildProject"]),
            Self::SelfMutate => ddk_construct(&["UpdatePipeline", "SelfMutation"]),
        }
    }

    fn logical_id(self) -> String {
        self.path().resource_id()
    }

    /// The project's description in words of the CDK.
    fn description(self, cicd: &Cicd<'_>) -> String {
        let step = match self {
            Self::Synth => "Build/Synth",
            Self::SelfMutate => "UpdatePipeline/SelfMutate",
        };
        format!("Pipeline step {}/Pipeline/{step}", cicd.stack)
    }

    /// The name of the project, where the CDK gives it one: unique in an account and region.
    fn physical_name(self, cicd: &Cicd<'_>) -> Option<String> {
        match self {
            Self::Synth => None,
            Self::SelfMutate => Some(format!("{}-selfupdate", cicd.repository)),
        }
    }

    fn build_spec(self, cicd: &Cicd<'_>) -> String {
        let install_cli = application::install_cli();
        let (install, build) = match self {
            Self::Synth => (
                json!([install_cli, "pip install -r requirements.txt"]),
                "cdk synth".to_owned(),
            ),
            Self::SelfMutate => (
                json!([install_cli]),
                format!(
                    "cdk -a . deploy {} --require-approval=never --verbose",
                    cicd.stack
                ),
            ),
        };
        let mut spec = json!({
            "version": "0.2",
            "phases": {
                "install": {
                    "runtime-versions": { "nodejs": NODEJS_VERSION, "python": PYTHON_VERSION },
                    "commands": install,
                },
                "build": { "commands": [build] },
            },
        });
        if matches!(self, Self::Synth) {
            spec["artifacts"] = json!({ "base-directory": "cdk.out", "files": ["**/*"] });
        }
        format!("{spec:#}")
    }

    /// A digest of the project's definition. It stands in the action, so that a changed project changes the pipeline,
    /// which then restarts.
    fn config_hash(self, cicd: &Cicd<'_>) -> String {
        let definition = json!({
            "environment": {
                "environmentVariables": {},
                "type": CONTAINER,
                "imageId": IMAGE,
                "computeType": COMPUTE_TYPE,
                "imagePullPrincipalType": IMAGE_OWNER,
            },
            "buildSpecString": self.build_spec(cicd),
        });
        hex(&Sha256::digest(definition.to_string()))
    }

    /// What the build may do beyond what the CDK allows every build.
    fn permissions(self, cicd: &Cicd<'_>) -> Vec<Statement> {
        let store = artifacts::store();
        match self {
            Self::Synth => store.read_write().into(),
            Self::SelfMutate => vec![
                Statement::allow(&["sts:AssumeRole"])
                    .on(vec![json!(format!("arn:*:iam::{}:role/*", cicd.account()))])
                    .when(json!({
                        "ForAnyValue:StringEquals": {
                            "iam:ResourceTag/aws-cdk:bootstrap-role": ["image-publishing", "file-publishing", "deploy"],
                        }
                    })),
                Statement::allow(&["cloudformation:DescribeStacks", "s3:ListBucket"]).on_all(),
            ]
            .into_iter()
            .chain(store.read())
            .collect(),
        }
    }

    /// The action that runs the build.
    pub(crate) fn action(self, cicd: &Cicd<'_>) -> Action {
        let hash = json!([
            { "name": "_PROJECT_CONFIG_HASH", "type": "PLAINTEXT", "value": self.config_hash(cicd) }
        ]);
        let role = arn_of(&build_action_role().resource_id());
        let (name, input) = match self {
            Self::Synth => ("Synth", source::artifact(cicd)),
            Self::SelfMutate => ("SelfMutate", SYNTH_OUTPUT.to_owned()),
        };
        let action = Action::new("Build", "CodeBuild", name.to_owned())
            .role(role)
            .configuration(json!({
                "ProjectName": reference(&self.logical_id()),
                "EnvironmentVariables": hash.to_string(),
            }))
            .input(input);
        match self {
            Self::Synth => action.output(SYNTH_OUTPUT.to_owned()),
            Self::SelfMutate => action,
        }
    }

    /// Adds the project and its role.
    pub(crate) fn add(self, cicd: &Cicd<'_>, template: &mut Template) {
        BuildProject {
            path: self.path(),
            role: self.path().child("Role"),
            name: self.physical_name(cicd),
            description: self.description(cicd),
            build_spec: self.build_spec(cicd),
            variables: Vec::new(),
            defaults_of_the_cdk: true,
            permissions: self.permissions(cicd),
        }
        .add(cicd, &artifacts::store(), template);
    }
}

/// Adds the role with which the pipeline starts the builds.
pub(crate) fn add_action_role(template: &mut Template) {
    let role = build_action_role();
    template.add(iam::role(&role, &iam::trust_in_role(pipeline_role())));
    let projects = [Build::Synth, Build::SelfMutate].map(|build| arn_of(&build.logical_id()));
    template.add(iam::default_policy(
        &role,
        [Statement::allow(&START_BUILD).on(sorted_set(projects))],
    ));
}
