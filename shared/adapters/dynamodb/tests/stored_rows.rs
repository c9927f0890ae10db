//! Rows as earlier versions of the platform wrote them: each version reads them. `rows/` has a file for each version; a file never
//! changes. A new one is taken from the table of a platform that the end-to-end tests have used.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use application::{
    audit::AuditEntries as _,
    deliveries::record::RecordRuns as _,
    records::{Deployments as _, Environments as _, Pipelines as _},
    redeployments::Redeployments as _,
    revisions::KeptRevisions as _,
};
use aws_clients::replay::Replay;
use domain::{
    ids::{DeploymentId, EnvironmentId, PipelineId, RedeploymentId, RunId},
    revision::Revision,
};
use dynamodb::Table;
use serde_json::{Value, json};

fn text<'r>(row: &'r Value, attribute: &str) -> &'r str {
    row[attribute]["S"].as_str().unwrap()
}

/// Whether the table reads `row`; a row that is not known to be of any kind is a fault.
async fn is_read(row: &Value) -> bool {
    let replay = Replay::new([(200, json!({ "Item": row }).to_string())]);
    let table = Table::from_config(&replay.config(), "records".to_owned());
    let (kind, id) = text(row, "pk").split_once('#').unwrap();
    let (part, rest) = text(row, "sk").split_once('#').unwrap_or((text(row, "sk"), ""));
    let pipeline = || id.parse::<PipelineId>().unwrap();
    match (kind, part) {
        (_, "AUDIT") => {
            let key = json!({"pk": row["pk"], "sk": row["sk"]});
            let place = dynamodb::audited(&key).unwrap();
            table.audit_entry(&place).await.unwrap().is_some()
        }
        ("ENVIRONMENT", "ENVIRONMENT") => {
            let id: EnvironmentId = id.parse().unwrap();
            table.environment(&id).await.unwrap().is_some()
        }
        ("REDEPLOYMENT", "REDEPLOYMENT") => {
            let id = RedeploymentId::parse(id).unwrap();
            table.redeployment(&id).await.unwrap().is_some()
        }
        ("PIPELINE", "PIPELINE") => table.pipeline(&pipeline()).await.unwrap().is_some(),
        ("PIPELINE", "DEPLOYMENT") => {
            let id: DeploymentId = rest.parse().unwrap();
            table.deployment(&pipeline(), &id).await.unwrap().is_some()
        }
        ("PIPELINE", "RUN") => {
            let id: RunId = rest.parse().unwrap();
            table.run(&pipeline(), &id).await.unwrap().is_some()
        }
        ("PIPELINE", "DELIVERY") => table.delivery(&pipeline()).await.unwrap().is_some(),
        ("PIPELINE", "REVISION") => {
            let revision: Revision = serde_json::from_str(rest.trim_start_matches('0')).unwrap();
            table.revision(&pipeline(), revision).await.unwrap().is_some()
        }
        _ => panic!("nobody reads the row {kind} {part}"),
    }
}

#[tokio::test]
async fn rows_of_every_version_are_read() {
    for (version, rows) in [("before-1.0", include_str!("rows/before-1.0.json"))] {
        let rows: Vec<Value> = serde_json::from_str(rows).unwrap();
        let mut kinds = BTreeMap::<&str, usize>::new();
        for row in &rows {
            assert!(is_read(row).await, "{version}: {row}");
            *kinds
                .entry(text(row, "sk").split('#').next().unwrap())
                .or_default() += 1;
        }
        assert_eq!(kinds.len(), 8, "{kinds:?}");
    }
}
