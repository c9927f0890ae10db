//! What the workflow's first step needs of the records.

use application::workflow::prepare::{DeploymentStart, Records};
use domain::{Error, Result, deployment::DeploymentStatus};

use crate::{
    Table,
    deployments::holding,
    keys::Key,
    rows::{Item, attribute, text, timestamp},
    transaction::{PRESENT, Transaction},
};

impl Records for Table {
    async fn mark_running(&self, start: &DeploymentStart) -> Result<()> {
        let DeploymentStart {
            pipeline_id,
            deployment_id,
            execution_arn,
            started_at,
        } = start;
        let superseded = || Error::DeploymentSuperseded(deployment_id.to_string());
        let running = (":status".to_owned(), attribute(&DeploymentStatus::Running)?);
        let mut transaction = Transaction::new(self);
        transaction.update(
            Key::pipeline(pipeline_id),
            "SET lastDeployment.#status = :status",
            Item::from([running.clone()]),
            holding(deployment_id),
            superseded(),
        )?;
        let values = Item::from([
            running,
            (":execution".to_owned(), text(execution_arn)),
            (":startedAt".to_owned(), timestamp(*started_at)?),
        ]);
        transaction.update(
            Key::deployment(pipeline_id, deployment_id),
            "SET #status = :status, executionArn = :execution, startedAt = :startedAt",
            values,
            PRESENT,
            superseded(),
        )?;
        transaction.commit().await
    }
}
