//! The stage `Source`: the repository, and the rule that starts the pipeline when its branch moves.

use rendering::BRANCH;
use serde_json::{Value, json};

use crate::{
    artifact_store::ArtifactStore,
    code_pipeline::Action,
    constructs::{Cicd, pipeline_construct, pipeline_role},
    iam::{self, Statement},
    intrinsics::arn_of,
    logical_id::Path,
    template::{Resource, Template},
};

/// The artifact that the source action puts out: the repository's files.
pub(crate) fn artifact(cicd: &Cicd<'_>) -> String {
    let name = format!("{}_Source", cicd.repository);
    name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_")
}

fn action_role(cicd: &Cicd<'_>) -> Path {
    pipeline_construct(&["Source", &cicd.repository, "CodePipelineActionRole"])
}

/// The ARN of the role with which the pipeline reads the repository.
pub(crate) fn action_role_arn(cicd: &Cicd<'_>) -> Value {
    arn_of(&action_role(cicd).resource_id())
}

fn events_role() -> Path {
    pipeline_construct(&["EventsRole"])
}

/// Adds the rule that starts the pipeline.
pub(crate) fn add_rule(cicd: &Cicd<'_>, template: &mut Template) {
    let rule = format!("{}-{BRANCH}-EventRule", cicd.pipeline_in_app().logical_id());
    template.add(Resource::new(
        Path::new([cicd.repository.as_str(), &rule, "Resource"]),
        "AWS::Events::Rule",
        [
            (
                "EventPattern",
                json!({
                    "source": ["aws.codecommit"],
                    "resources": [cicd.repository_arn()],
                    "detail-type": ["CodeCommit Repository State Change"],
                    "detail": {
                        "event": ["referenceCreated", "referenceUpdated"],
                        "referenceName": [BRANCH],
                    },
                }),
            ),
            ("State", json!("ENABLED")),
            (
                "Targets",
                json!([{
                    "Arn": cicd.pipeline_arn(),
                    "Id": "Target0",
                    "RoleArn": arn_of(&events_role().resource_id()),
                }]),
            ),
        ],
    ));
}

/// The action that reads the repository.
pub(crate) fn action(cicd: &Cicd<'_>) -> Value {
    Action::new(
        "Source",
        "CodeCommit",
        cicd.repository.clone(),
        action_role_arn(cicd),
    )
    .configuration(json!({
        "RepositoryName": cicd.repository,
        "BranchName": BRANCH,
        "PollForSourceChanges": false,
    }))
    .output(artifact(cicd))
    .render()
}

/// Adds the roles of the action and of the rule.
pub(crate) fn add_roles(cicd: &Cicd<'_>, template: &mut Template) {
    let action_role = action_role(cicd);
    template.add(iam::role(&action_role, &iam::trust_in_role(pipeline_role())));
    let read_repository = Statement::allow(&[
        "codecommit:CancelUploadArchive",
        "codecommit:GetBranch",
        "codecommit:GetCommit",
        "codecommit:GetUploadArchiveStatus",
        "codecommit:UploadArchive",
    ])
    .on(vec![cicd.repository_arn()]);
    template.add(iam::default_policy(
        &action_role,
        ArtifactStore::of()
            .read_write()
            .into_iter()
            .chain([read_repository]),
    ));
    let events_role = events_role();
    template.add(iam::role(
        &events_role,
        &iam::trust_in_service("events.amazonaws.com"),
    ));
    template.add(iam::default_policy(
        &events_role,
        [Statement::allow(&["codepipeline:StartPipelineExecution"]).on(vec![cicd.pipeline_arn()])],
    ));
}
