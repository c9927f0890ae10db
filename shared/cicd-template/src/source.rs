//! How a pipeline gets what lies on a branch of the repository, and learns that the branch has moved.

use serde_json::{Value, json};

use crate::{cicd::Cicd, code_pipeline::Action, iam::Statement, logical_id::Path, template::Resource};

/// A rule of EventBridge that starts a pipeline when its branch moves.
#[derive(Clone, Debug)]
pub(crate) struct BranchRule<'r> {
    /// The construct of the repository.
    pub(crate) repository: &'r str,
    /// The construct of the pipeline, in the whole application.
    pub(crate) pipeline_in_app: &'r Path,
    /// The logical id of the pipeline.
    pub(crate) pipeline: &'r str,
    pub(crate) branch: &'r str,
    /// The ARN of the role that the rule starts the pipeline with.
    pub(crate) role: &'r Value,
    /// What the ARNs begin with of callers who move the branch without starting the pipeline.
    pub(crate) but_not_by: Option<Value>,
}

impl BranchRule<'_> {
    pub(crate) fn resource(self, cicd: &Cicd<'_>) -> Resource {
        let rule = format!("{}-{}-EventRule", self.pipeline_in_app.logical_id(), self.branch);
        let mut detail = json!({
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceName": [self.branch],
        });
        if let Some(prefix) = self.but_not_by {
            // CodeCommit's documentation promises the caller for other events only: where it is missing, the pipeline
            // starts once too often rather than never.
            detail["callerUserArn"] = json!([{"exists": false}, {"anything-but": {"prefix": prefix}}]);
        }
        Resource::new(
            Path::new([self.repository, &rule, "Resource"]),
            "AWS::Events::Rule",
            [
                (
                    "EventPattern",
                    json!({
                        "source": ["aws.codecommit"],
                        "resources": [cicd.repository_arn()],
                        "detail-type": ["CodeCommit Repository State Change"],
                        "detail": detail,
                    }),
                ),
                ("State", json!("ENABLED")),
                (
                    "Targets",
                    json!([{
                        "Arn": cicd.pipeline_arn(self.pipeline),
                        "Id": "Target0",
                        "RoleArn": self.role,
                    }]),
                ),
            ],
        )
    }
}

/// What a rule's role needs.
pub(crate) fn start_pipelines(arns: Vec<Value>) -> Statement {
    Statement::allow(&["codepipeline:StartPipelineExecution"]).on(arns)
}

/// What the role of a source action needs beside writing artifacts.
pub(crate) fn read_repository(cicd: &Cicd<'_>) -> Statement {
    Statement::allow(&[
        "codecommit:CancelUploadArchive",
        "codecommit:GetBranch",
        "codecommit:GetCommit",
        "codecommit:GetUploadArchiveStatus",
        "codecommit:UploadArchive",
    ])
    .on(vec![cicd.repository_arn()])
}

/// The action that puts out what lies on a branch as `artifact`. It does not poll: a [`BranchRule`] tells.
pub(crate) fn action(cicd: &Cicd<'_>, name: String, branch: &str, artifact: String) -> Action {
    Action::new("Source", "CodeCommit", name)
        .configuration(json!({
            "RepositoryName": cicd.repository,
            "BranchName": branch,
            "PollForSourceChanges": false,
        }))
        .output(artifact)
}
