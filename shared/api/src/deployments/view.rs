//! A deployment as clients see it.

use domain::deployment::Deployment;
use serde::Serialize;

use crate::console;

/// A deployment as clients see it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentView {
    /// Its record.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// The workflow's execution in Step Functions' console, once it has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_url: Option<String>,
}

impl From<Deployment> for DeploymentView {
    fn from(deployment: Deployment) -> Self {
        let execution_url = deployment.execution_arn.as_deref().and_then(console::execution);
        Self {
            deployment,
            execution_url,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use serde_json::{Value, json};

    use super::*;

    fn view(change: &Value) -> Value {
        let mut record = json!({
            "id": "01k9v3xv0m0000000000000001", "pipelineId": "k3j9x0ab", "kind": "DEPLOY", "revision": 1,
            "status": "QUEUED", "requestedBy": "alice", "steps": [], "stacks": [],
            "createdAt": "2026-11-22T10:00:00Z",
        });
        for (key, value) in change.as_object().unwrap() {
            record[key] = value.clone();
        }
        let deployment: Deployment = serde_json::from_value(record.clone()).unwrap();
        let mut view = serde_json::to_value(DeploymentView::from(deployment)).unwrap();
        let url = view.as_object_mut().unwrap().remove("executionUrl");
        assert_eq!(view, record, "the record stays as it is");
        url.unwrap_or_default()
    }

    #[test]
    fn a_deployment_is_its_record_with_a_link_to_its_execution() {
        let arn = "arn:aws:states:eu-west-1:000000000000:execution:dataall-platform-deploy-pipeline:sales-r1";
        let url = view(&json!({"status": "RUNNING", "executionArn": arn}));
        assert!(url.as_str().unwrap().ends_with(arn), "{url}");
        assert_eq!(view(&json!({})), Value::Null, "nothing has begun");
    }
}
