//! Deployments' rows, and what they mean for their pipelines' rows.

use application::{
    deployments::{
        end::{Ending, Endings},
        get::Deployments,
        list::DeploymentHistory,
        redeploy,
    },
    idempotency::Idempotency,
    listing::Entry,
};
use domain::{
    Error, Result,
    deployment::{Deployment, DeploymentId, DeploymentStatus, Operation},
    pipeline::{Pipeline, PipelineId, PipelineStatus},
};

use crate::{
    Table,
    keys::{DEPLOYMENTS, Key, SK, pipeline_partition},
    listings::string,
    rows::{Item, attribute, item, record, text},
    transaction::{ABSENT, Condition, PRESENT, Transaction},
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
        let mut unchanged = match &before.active_deployment {
            Some(active) => holding(active),
            None => "attribute_exists(pk) AND attribute_not_exists(activeDeployment)".into(),
        };
        // What has been deleted since is not deployed again.
        unchanged.expression.push_str(" AND #status = :before");
        unchanged
            .values
            .insert(":before".to_owned(), attribute(&before.status)?);
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
    async fn end(&self, ending: &Ending<'_>) -> Result<()> {
        let Ending {
            pipeline,
            deployment,
            left,
            next,
        } = *ending;
        let changed = || Error::ConcurrentChange("the pipeline");
        let succeeded = deployment.status == DeploymentStatus::Succeeded;
        let status = match (next, succeeded) {
            (Some(next), _) if next.kind == Operation::Delete => PipelineStatus::Deleting,
            (Some(_), _) => PipelineStatus::Deploying,
            (None, true) => PipelineStatus::Deployed,
            (None, false) => PipelineStatus::Failed,
        };
        let mut update = "SET #status = :status, lastDeployment = :last".to_owned();
        let mut values = Item::from([
            (":status".to_owned(), attribute(&status)?),
            (
                ":last".to_owned(),
                attribute(&next.unwrap_or(deployment).summary())?,
            ),
        ]);
        if succeeded {
            update.push_str(", deployedRevision = :revision");
            values.insert(":revision".to_owned(), attribute(&deployment.revision)?);
            if let Some(templates) = left.templates() {
                update.push_str(", deployedTemplates = :templates");
                values.insert(":templates".to_owned(), attribute(&templates)?);
            }
            if let Some(environments) = left.environments {
                update.push_str(", deployedWith = :environments");
                values.insert(":environments".to_owned(), attribute(environments)?);
            }
        }
        if let Some(stack_id) = left.stack_id {
            update.push_str(", stackId = :stack");
            values.insert(":stack".to_owned(), text(stack_id));
        }
        if let Some(next) = next {
            update.push_str(", activeDeployment = :next REMOVE deletion");
            values.insert(":next".to_owned(), text(next.id.as_str()));
        } else {
            update.push_str(" REMOVE activeDeployment, deletion");
        }
        // A change that was accepted in the meantime must not be missed.
        let mut unchanged = holding(&deployment.id);
        unchanged
            .expression
            .push_str(" AND revision = :present AND #status = :before");
        unchanged
            .values
            .insert(":present".to_owned(), attribute(&pipeline.revision)?);
        unchanged
            .values
            .insert(":before".to_owned(), attribute(&pipeline.status)?);
        let mut transaction = Transaction::new(self);
        transaction.update(Key::pipeline(&pipeline.id), &update, values, unchanged, changed())?;
        let key = Key::deployment(&pipeline.id, &deployment.id);
        transaction.put(item(key, deployment)?, PRESENT, changed())?;
        if let Some(next) = next {
            let key = Key::deployment(&pipeline.id, &next.id);
            transaction.put(item(key, next)?, ABSENT, changed())?;
        }
        transaction.commit().await
    }
}

/// The condition that `deployment` holds the pipeline.
pub(crate) fn holding(deployment: &DeploymentId) -> Condition {
    Condition {
        expression: "activeDeployment = :active".to_owned(),
        values: Item::from([(":active".to_owned(), text(deployment.as_str()))]),
    }
}
