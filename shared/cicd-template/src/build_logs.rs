//! The log group of all builds of a stack. It goes with the stack, so no build makes it.

use rendering::application::BUILD_LOG_DAYS;
use serde_json::{Value, json};

use crate::{
    cicd::Cicd,
    iam::Statement,
    intrinsics::{arn_of, reference},
    logical_id::Path,
    template::{RemovalPolicy, Resource, Template},
};

fn path() -> Path {
    Path::new(["BuildLogs", "Resource"])
}

/// Adds the log group.
pub(crate) fn add(cicd: &Cicd<'_>, template: &mut Template) {
    template.add(
        Resource::new(
            path(),
            "AWS::Logs::LogGroup",
            [
                ("LogGroupName", json!(cicd.names.build_log_group())),
                ("RetentionInDays", json!(BUILD_LOG_DAYS)),
            ],
        )
        .removal_policy(RemovalPolicy::Delete),
    );
}

/// A project's property `LogsConfig`.
pub(crate) fn config() -> Value {
    json!({ "CloudWatchLogs": { "GroupName": reference(&path().logical_id()), "Status": "ENABLED" } })
}

/// What a build needs to write there.
pub(crate) fn write() -> Statement {
    Statement::allow(&["logs:CreateLogStream", "logs:PutLogEvents"]).on(vec![arn_of(&path().logical_id())])
}
