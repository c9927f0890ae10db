//! What the table's stream tells: rows that ask for an execution, and entries of the audit trail.

use application::{audit::EntryPlace, outbox::Recorded};
use domain::{
    Error, Result,
    audit::Subject,
    ids::{DeploymentId, PipelineId, RedeploymentId},
};
use serde_json::Value;

use crate::keys::{AUDIT, DEPLOYMENTS, ENVIRONMENTS, PIPELINES, REDEPLOYMENTS};

/// The record whose row has `key`, as DynamoDB writes it. [`Error::Internal`] for the key of any other row: the filter of the
/// event source mapping lets none pass.
pub fn recorded(key: &Value) -> Result<Recorded> {
    let (pk, sk) = parts(key);
    let deployment = || {
        let pipeline: PipelineId = pk.strip_prefix(PIPELINES)?.parse().ok()?;
        let id: DeploymentId = sk.strip_prefix(DEPLOYMENTS)?.parse().ok()?;
        Some(Recorded::Deployment(pipeline, id))
    };
    let redeployment = || {
        let id = RedeploymentId::parse(pk.strip_prefix(REDEPLOYMENTS)?).ok()?;
        Some(Recorded::Redeployment(id))
    };
    deployment()
        .or_else(redeployment)
        .ok_or_else(|| Error::Internal(format!("the row {pk} {sk} asks for no execution")))
}

/// The entry of the audit trail whose row has `key`. [`Error::Internal`] for the key of any other row, as above.
pub fn audited(key: &Value) -> Result<EntryPlace> {
    let (pk, row) = parts(key);
    let pipeline = || Some(Subject::Pipeline(pk.strip_prefix(PIPELINES)?.parse().ok()?));
    let environment = || Some(Subject::Environment(pk.strip_prefix(ENVIRONMENTS)?.parse().ok()?));
    pipeline()
        .or_else(environment)
        .filter(|_| row.starts_with(AUDIT))
        .map(|subject| EntryPlace {
            subject,
            row: row.to_owned(),
        })
        .ok_or_else(|| Error::Internal(format!("the row {pk} {row} is no entry of the audit trail")))
}

/// The partition key and the sort key of a key as DynamoDB writes it.
fn parts(key: &Value) -> (&str, &str) {
    let text = |name: &str| key[name]["S"].as_str().unwrap_or_default();
    (text("pk"), text("sk"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::Key;

    fn key(Key { pk, sk }: &Key) -> Value {
        json!({"pk": {"S": pk}, "sk": {"S": sk}})
    }

    #[test]
    fn the_keys_that_the_table_writes_are_read() {
        let (pipeline, deployment): (PipelineId, DeploymentId) = (
            "k3j9x0ab".parse().unwrap(),
            "01k9v3xv0m0000000000000001".parse().unwrap(),
        );
        assert_eq!(
            recorded(&key(&Key::deployment(&pipeline, &deployment))).unwrap(),
            Recorded::Deployment(pipeline.clone(), deployment)
        );
        let redeployment = RedeploymentId::parse("6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b").unwrap();
        assert_eq!(
            recorded(&key(&Key::redeployment(&redeployment))).unwrap(),
            Recorded::Redeployment(redeployment)
        );
        assert_eq!(
            recorded(&key(&Key::pipeline(&pipeline))).unwrap_err().name(),
            "Internal"
        );
    }
}
