//! The builds of the pipeline: `Synth` makes templates of the repository, `SelfMutate` deploys the CICD stack's own.

use rendering::application::{CLI_VERSION, NODEJS_VERSION, PYTHON_VERSION};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    artifact_store::ArtifactStore,
    code_pipeline::Action,
    constructs::{Cicd, build_action_role, ddk_construct, pipeline_construct, pipeline_role},
    iam::{self, KMS_ENCRYPT_DECRYPT, S3_READ, Statement},
    intrinsics::{arn_of, reference, sorted_set},
    logical_id::{Path, hex},
    source,
    template::{Resource, Template},
};

/// The artifact that `Synth` puts out: the cloud assembly.
pub(crate) const SYNTH_OUTPUT: &str = "Synth_Output";

const IMAGE: &str = "aws/codebuild/standard:7.0";
const IMAGE_OWNER: &str = "CODEBUILD";
const COMPUTE_TYPE: &str = "BUILD_GENERAL1_SMALL";
const CONTAINER: &str = "LINUX_CONTAINER";

/// A project of `CodeBuild`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Project {
    Synth,
    SelfMutate,
}

impl Project {
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
        let install_cli = format!("npm install -g aws-cdk@{CLI_VERSION}");
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

    /// What the build may do beyond writing logs and reports.
    fn permissions(self, cicd: &Cicd<'_>) -> Vec<Statement> {
        let store = ArtifactStore::of();
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
                Statement::allow(&S3_READ).on(store.bucket_arns()),
                Statement::allow(&KMS_ENCRYPT_DECRYPT).on(vec![store.key_arn()]),
            ],
        }
    }

    /// The action that runs the build.
    pub(crate) fn action(self, cicd: &Cicd<'_>) -> Value {
        let hash = json!([
            { "name": "_PROJECT_CONFIG_HASH", "type": "PLAINTEXT", "value": self.config_hash(cicd) }
        ]);
        let role = arn_of(&build_action_role().resource_id());
        let (name, input) = match self {
            Self::Synth => ("Synth", source::artifact(cicd)),
            Self::SelfMutate => ("SelfMutate", SYNTH_OUTPUT.to_owned()),
        };
        let action = Action::new("Build", "CodeBuild", name.to_owned(), role)
            .configuration(json!({
                "ProjectName": reference(&self.logical_id()),
                "EnvironmentVariables": hash.to_string(),
            }))
            .input(input);
        match self {
            Self::Synth => action.output(SYNTH_OUTPUT.to_owned()).render(),
            Self::SelfMutate => action.render(),
        }
    }

    /// Adds the project and its role.
    pub(crate) fn add(self, cicd: &Cicd<'_>, template: &mut Template) {
        let id = self.logical_id();
        let role = self.path().child("Role");
        template.add(iam::role(
            &role,
            &iam::trust_in_service("codebuild.amazonaws.com"),
        ));
        let log_group = |rest: &[Value]| {
            let prefix = [json!("log-group:/aws/codebuild/"), reference(&id)];
            cicd.arn("logs", prefix.into_iter().chain(rest.iter().cloned()))
        };
        let logs = Statement::allow(&["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
            .on(sorted_set([log_group(&[]), log_group(&[json!(":*")])]));
        let reports = Statement::allow(&[
            "codebuild:BatchPutCodeCoverages",
            "codebuild:BatchPutTestCases",
            "codebuild:CreateReport",
            "codebuild:CreateReportGroup",
            "codebuild:UpdateReport",
        ])
        .on(vec![
            cicd.arn("codebuild", [json!("report-group/"), reference(&id), json!("-*")]),
        ]);
        template.add(iam::default_policy(
            &role,
            [logs, reports].into_iter().chain(self.permissions(cicd)),
        ));
        template.add(Resource::new(
            self.path().child("Resource"),
            "AWS::CodeBuild::Project",
            self.properties(cicd, &role),
        ));
    }

    fn properties(self, cicd: &Cicd<'_>, role: &Path) -> impl Iterator<Item = (&'static str, Value)> + use<> {
        [
            ("Artifacts", json!({ "Type": "CODEPIPELINE" })),
            ("Cache", json!({ "Type": "NO_CACHE" })),
            ("Description", json!(self.description(cicd))),
            ("EncryptionKey", ArtifactStore::of().key_arn()),
            (
                "Environment",
                json!({
                    "ComputeType": COMPUTE_TYPE,
                    "Image": IMAGE,
                    "ImagePullCredentialsType": IMAGE_OWNER,
                    "PrivilegedMode": false,
                    "Type": CONTAINER,
                }),
            ),
            ("ServiceRole", arn_of(&role.resource_id())),
            (
                "Source",
                json!({ "BuildSpec": self.build_spec(cicd), "Type": "CODEPIPELINE" }),
            ),
        ]
        .into_iter()
        .chain(self.physical_name(cicd).map(|name| ("Name", json!(name))))
    }
}

/// Adds the role with which the pipeline starts the builds.
pub(crate) fn add_action_role(template: &mut Template) {
    let role = build_action_role();
    template.add(iam::role(&role, &iam::trust_in_role(pipeline_role())));
    let projects = [Project::Synth, Project::SelfMutate].map(|project| arn_of(&project.logical_id()));
    template.add(iam::default_policy(
        &role,
        [Statement::allow(&[
            "codebuild:BatchGetBuilds",
            "codebuild:StartBuild",
            "codebuild:StopBuild",
        ])
        .on(sorted_set(projects))],
    ));
}
