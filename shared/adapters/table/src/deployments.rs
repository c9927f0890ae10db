//! Deployments' rows, and what they mean for their pipelines' rows.

use application::{
    deployments::{end::Endings, get::Deployments, list::DeploymentHistory, redeploy},
    idempotency::Idempotency,
    listing::Entry,
};
use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentId, DeploymentStatus},
    pipeline::{Pipeline, PipelineId, PipelineStatus},
};

use crate::{
    Table,
    keys::{DEPLOYMENTS, Key, SK, pipeline_partition},
    listings::string,
    rows::{Item, attribute, item, record, text},
    transaction::{ABSENT, Condition, Transaction},
};

impl Deployments for Table {
    async fn deployment(&self, pipeline: &PipelineId, id: &DeploymentId) -> Result<Option<Deployment>> {
        self.read(Key::deployment(pipeline, id)).await
    }
}

impl DeploymentHistory for Table {
    async fn deployments(
        &self,
        pipeline: &PipelineId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<Deployment>>> {
        let rows = self
            .range(&pipeline_partition(pipeline), DEPLOYMENTS, after, limit, false)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Entry {
                    key: string(&row, SK)?,
                    record: Some(record(row)?),
                })
            })
            .collect()
    }
}

impl redeploy::Store for Table {
    async fn deploy(
        &self,
        before: &Pipeline,
        deployment: &Deployment,
        request: Option<&Idempotency>,
    ) -> Result<()> {
        let changed = || Error::ConcurrentChange("the pipeline");
        let mut transaction = Transaction::new(self);
        transaction.keep(request, deployment)?;
        let unchanged = match &before.active_deployment {
            Some(active) => holding(active),
            None => "attribute_exists(pk) AND attribute_not_exists(activeDeployment)".into(),
        };
        let values = Item::from([
            (":status".to_owned(), attribute(&PipelineStatus::Deploying)?),
            (":next".to_owned(), text(deployment.id.as_str())),
            (":last".to_owned(), attribute(&deployment.summary())?),
        ]);
        transaction.update(
            Key::pipeline(&before.id),
            "SET #status = :status, activeDeployment = :next, lastDeployment = :last",
            values,
            unchanged,
            changed(),
        )?;
        transaction.put(
            item(Key::deployment(&before.id, &deployment.id), deployment)?,
            ABSENT,
            changed(),
        )?;
        transaction.commit().await
    }
}

impl Endings for Table {
    async fn end(&self, deployment: &Deployment, stack_id: Option<&str>) -> Result<()> {
        let superseded = || Error::DeploymentSuperseded(deployment.id.to_string());
        let succeeded = deployment.status == DeploymentStatus::Succeeded;
        let status = if succeeded {
            PipelineStatus::Deployed
        } else {
            PipelineStatus::Failed
        };
        let mut update = "SET #status = :status, lastDeployment = :last".to_owned();
        let mut values = Item::from([
            (":status".to_owned(), attribute(&status)?),
            (":last".to_owned(), attribute(&deployment.summary())?),
        ]);
        if succeeded {
            update.push_str(", deployedRevision = :revision");
            values.insert(":revision".to_owned(), attribute(&deployment.revision)?);
        }
        if let Some(stack_id) = stack_id {
            update.push_str(", stackId = :stack");
            values.insert(":stack".to_owned(), text(stack_id));
        }
        update.push_str(" REMOVE activeDeployment");
        let mut transaction = Transaction::new(self);
        transaction.update(
            Key::pipeline(&deployment.pipeline_id),
            &update,
            values,
            holding(&deployment.id),
            superseded(),
        )?;
        let row = item(
            Key::deployment(&deployment.pipeline_id, &deployment.id),
            deployment,
        )?;
        transaction.put(row, "attribute_exists(pk)", superseded())?;
        match transaction.commit().await {
            Err(Error::DeploymentSuperseded(_)) => Ok(()),
            result => result,
        }
    }
}

/// The condition that `deployment` holds the pipeline.
pub(crate) fn holding(deployment: &DeploymentId) -> Condition {
    Condition {
        expression: "activeDeployment = :active".to_owned(),
        values: Item::from([(":active".to_owned(), text(deployment.as_str()))]),
    }
}
