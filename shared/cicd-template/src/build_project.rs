//! A project of CodeBuild that a pipeline starts, and the role that its builds run with.

use serde_json::{Value, json};

use crate::{
    artifact_store::ArtifactStore,
    build_logs,
    cicd::Cicd,
    iam::{self, Statement},
    intrinsics::{arn_of, reference, sorted_set},
    logical_id::Path,
    template::{Resource, Template},
};

/// The image that builds run in.
pub(crate) const IMAGE: &str = "aws/codebuild/standard:7.0";
/// Who publishes the image.
pub(crate) const IMAGE_OWNER: &str = "CODEBUILD";
/// The size of the machine.
pub(crate) const COMPUTE_TYPE: &str = "BUILD_GENERAL1_SMALL";
/// The kind of the machine.
pub(crate) const CONTAINER: &str = "LINUX_CONTAINER";

/// What a pipeline's role needs to run a build.
pub(crate) const START_BUILD: [&str; 3] = [
    "codebuild:BatchGetBuilds",
    "codebuild:StartBuild",
    "codebuild:StopBuild",
];

/// A project to be added to a [`Template`].
#[derive(Debug)]
pub(crate) struct BuildProject {
    pub(crate) path: Path,
    pub(crate) role: Path,
    /// Its name, if CloudFormation is not to make one: up to 150 characters.
    pub(crate) name: Option<String>,
    pub(crate) description: String,
    /// A build specification, or the name of a file in the source that holds it.
    pub(crate) build_spec: String,
    /// Environment variables of the builds.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Whether builds may write test reports and a log group of the project's own, too: the CDK allows it wherever it makes
    /// the role.
    pub(crate) defaults_of_the_cdk: bool,
    /// What builds may do beyond that.
    pub(crate) permissions: Vec<Statement>,
}

impl BuildProject {
    /// Adds the project and its role.
    pub(crate) fn add(self, cicd: &Cicd<'_>, store: &ArtifactStore, template: &mut Template) {
        let id = self.path.resource_id();
        template.add(iam::role(
            &self.role,
            &iam::trust_in_service("codebuild.amazonaws.com"),
        ));
        let defaults = if self.defaults_of_the_cdk {
            vec![write_own_logs(cicd, &id), write_reports(cicd, &id)]
        } else {
            Vec::new()
        };
        let statements = [build_logs::write()]
            .into_iter()
            .chain(defaults)
            .chain(self.permissions);
        template.add(iam::default_policy(&self.role, statements));
        let mut environment = json!({ "ComputeType": COMPUTE_TYPE });
        if !self.variables.is_empty() {
            environment["EnvironmentVariables"] = self
                .variables
                .into_iter()
                .map(|(name, value)| json!({ "Name": name, "Type": "PLAINTEXT", "Value": value }))
                .collect();
        }
        environment["Image"] = json!(IMAGE);
        environment["ImagePullCredentialsType"] = json!(IMAGE_OWNER);
        environment["PrivilegedMode"] = json!(false);
        environment["Type"] = json!(CONTAINER);
        let properties = [
            ("Artifacts", json!({ "Type": "CODEPIPELINE" })),
            ("Cache", json!({ "Type": "NO_CACHE" })),
            ("Description", json!(self.description)),
            ("EncryptionKey", store.key_arn()),
            ("Environment", environment),
            ("LogsConfig", build_logs::config()),
            ("ServiceRole", arn_of(&self.role.resource_id())),
            (
                "Source",
                json!({ "BuildSpec": self.build_spec, "Type": "CODEPIPELINE" }),
            ),
        ];
        template.add(Resource::new(
            self.path.child("Resource"),
            "AWS::CodeBuild::Project",
            properties
                .into_iter()
                .chain(self.name.map(|name| ("Name", json!(name)))),
        ));
    }
}

fn write_own_logs(cicd: &Cicd<'_>, project: &str) -> Statement {
    let log_group = |rest: Option<Value>| {
        let prefix = [json!("log-group:/aws/codebuild/"), reference(project)];
        cicd.arn("logs", prefix.into_iter().chain(rest))
    };
    Statement::allow(&["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
        .on(sorted_set([log_group(None), log_group(Some(json!(":*")))]))
}

fn write_reports(cicd: &Cicd<'_>, project: &str) -> Statement {
    Statement::allow(&[
        "codebuild:BatchPutCodeCoverages",
        "codebuild:BatchPutTestCases",
        "codebuild:CreateReport",
        "codebuild:CreateReportGroup",
        "codebuild:UpdateReport",
    ])
    .on(vec![cicd.arn(
        "codebuild",
        [json!("report-group/"), reference(project), json!("-*")],
    )])
}
