//! What started a run, in the platform's words.

use domain::{ids::DeploymentId, prefix::Prefix};
use serde::Serialize;

use super::TriggerFacts;

/// What started a run.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RunTrigger))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// The kind.
    pub kind: TriggerKind,
    /// Who: the user who started it over the platform, as far as the account's trail has the name, the deployment that did, or
    /// what else IAM knows the caller by.
    pub by: Option<String>,
}

/// What kind of thing started a run.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TriggerKind {
    /// The branch moved.
    Push,
    /// The CodePipeline came into being.
    Created,
    /// Its definition was changed: by a deployment, or in cdk-trunk by the pipeline itself.
    Updated,
    /// A deployment that found everything in place.
    Deployment,
    /// Somebody started it.
    Started,
    /// A stage was rolled back.
    Rollback,
    /// Something else.
    Other,
}

impl Trigger {
    /// What `facts` mean on the platform `prefix`.
    #[must_use]
    pub fn of(facts: &TriggerFacts, prefix: &Prefix) -> Self {
        let (kind, by) = match facts.kind.as_str() {
            "CloudWatchEvent" | "PollForSourceChanges" | "Webhook" | "WebhookV2" => (TriggerKind::Push, None),
            "CreatePipeline" => (TriggerKind::Created, None),
            "ManualRollback" | "AutomatedRollback" => (TriggerKind::Rollback, None),
            "StartPipelineExecution" => started(&facts.detail, prefix),
            _ => (TriggerKind::Other, None),
        };
        Self { kind, by }
    }
}

/// What started a run with the ARN `caller`.
fn started(caller: &str, prefix: &Prefix) -> (TriggerKind, Option<String>) {
    let Some((_, caller)) = caller.rsplit_once(':') else {
        return (TriggerKind::Started, None);
    };
    if let Some(("assumed-role", session)) = caller.split_once('/')
        && let Some((role, name)) = session.split_once('/')
    {
        if name == "AWSCloudFormation" {
            return (TriggerKind::Updated, None);
        }
        let ours = role.starts_with(&format!("{prefix}-environment-"));
        if let Some(name) = name.strip_prefix(&format!("{prefix}-")).filter(|_| ours) {
            let kind = match DeploymentId::parse(name) {
                Ok(_) => TriggerKind::Deployment,
                Err(_) => TriggerKind::Started,
            };
            return (kind, Some(name.to_owned()));
        }
        return (TriggerKind::Started, Some(session.to_owned()));
    }
    (TriggerKind::Started, Some(caller.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_started_a_run_is_told_by_the_session() {
        let sts = "arn:aws:sts::111111111111:assumed-role";
        let deployment = "01k9v3xv0m0000000000000001";
        for (kind, detail, expected, by) in [
            (
                "CloudWatchEvent",
                "arn:aws:events:eu-west-1:1:rule/x".to_owned(),
                TriggerKind::Push,
                None,
            ),
            (
                "CreatePipeline",
                format!("{sts}/x/AWSCloudFormation"),
                TriggerKind::Created,
                None,
            ),
            (
                "StartPipelineExecution",
                format!("{sts}/cdk-cfn-exec/AWSCloudFormation"),
                TriggerKind::Updated,
                None,
            ),
            (
                "StartPipelineExecution",
                format!("{sts}/dataall-environment-eu-west-1/dataall-alice"),
                TriggerKind::Started,
                Some("alice"),
            ),
            (
                "StartPipelineExecution",
                format!("{sts}/dataall-environment-eu-west-1/dataall-{deployment}"),
                TriggerKind::Deployment,
                Some(deployment),
            ),
            (
                "StartPipelineExecution",
                format!("{sts}/Admin/dataall-bob"),
                TriggerKind::Started,
                Some("Admin/dataall-bob"),
            ),
            (
                "StartPipelineExecution",
                "arn:aws:iam::1:user/bob".to_owned(),
                TriggerKind::Started,
                Some("user/bob"),
            ),
            (
                "StartPipelineExecution",
                String::new(),
                TriggerKind::Started,
                None,
            ),
            ("ManualRollback", String::new(), TriggerKind::Rollback, None),
            ("SomethingNew", String::new(), TriggerKind::Other, None),
        ] {
            let facts = TriggerFacts {
                kind: kind.to_owned(),
                detail,
            };
            let trigger = Trigger::of(&facts, &Prefix::default());
            assert_eq!((trigger.kind, trigger.by.as_deref()), (expected, by), "{facts:?}");
        }
    }
}
