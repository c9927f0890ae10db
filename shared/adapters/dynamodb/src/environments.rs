//! Environments' rows.

use std::collections::BTreeSet;

use application::{
    environments::{Environments, EnvironmentsOfPipelines, change, link, unlink, verify},
    idempotency::Idempotency,
};
use domain::{
    Error, Result,
    environment::{Environment, EnvironmentId},
    redeployment::Redeployment,
};

use crate::{
    Table,
    keys::{Key, Listed},
    rows::{Item, attribute, item, key_item, number, record, text, timestamp},
    transaction::{ABSENT, PRESENT, Transaction, at_revision},
};

const CHANGED: Error = Error::ConcurrentChange("the environment");

impl Environments for Table {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        self.read(Key::environment(id)).await
    }
}

impl EnvironmentsOfPipelines for Table {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        let items = self
            .read_all(ids.iter().map(|id| Key::environment(id)).collect())
            .await?;
        items.into_iter().map(record).collect()
    }
}

impl link::Store for Table {
    async fn link(&self, environment: &Environment, request: Option<&Idempotency>) -> Result<()> {
        let mut transaction = Transaction::new(self);
        transaction.keep(request, environment)?;
        let taken = Error::Conflict(format!(
            "the account {} is linked in {} already",
            environment.account_id, environment.region
        ));
        let mut link = key_item(Key::account_link(environment));
        link.insert("id".to_owned(), text(environment.id.as_str()));
        transaction.put(link, ABSENT, taken)?;
        transaction.put(
            item(Key::environment(&environment.id), environment)?,
            ABSENT,
            CHANGED,
        )?;
        for key in environment.listing_keys() {
            transaction.put_listing(key, environment.id.as_str())?;
        }
        transaction.commit().await
    }
}

impl change::Store for Table {
    async fn change(
        &self,
        before: &Environment,
        after: &Environment,
        redeployment: Option<&Redeployment>,
    ) -> Result<()> {
        let mut unchanged = at_revision(before.revision);
        // A pipeline that began to use the environment meanwhile must stay counted.
        unchanged.expression.push_str(" AND pipelineCount = :count");
        unchanged
            .values
            .insert(":count".to_owned(), number(before.pipeline_count));
        let mut transaction = Transaction::new(self);
        transaction.put(item(Key::environment(&after.id), after)?, unchanged, CHANGED)?;
        if let Some(redeployment) = redeployment {
            transaction.put_redeployment(redeployment)?;
        }
        let (old, new) = (before.listing_keys(), after.listing_keys());
        for key in new.iter().filter(|key| !old.contains(key)) {
            transaction.put_listing(key.clone(), after.id.as_str())?;
        }
        for key in old.into_iter().filter(|key| !new.contains(key)) {
            transaction.remove(key)?;
        }
        transaction.commit().await
    }
}

impl unlink::Store for Table {
    async fn unlink(&self, environment: &Environment) -> Result<()> {
        let mut unused = at_revision(environment.revision);
        unused.expression.push_str(" AND pipelineCount = :none");
        unused.values.insert(":none".to_owned(), number(0));
        let mut transaction = Transaction::new(self);
        transaction.delete(Key::environment(&environment.id), unused, CHANGED)?;
        transaction.remove(Key::account_link(environment))?;
        for key in environment.listing_keys() {
            transaction.remove(key)?;
        }
        transaction.commit().await
    }
}

impl verify::Store for Table {
    async fn verified(&self, environment: &Environment, request: Option<&Idempotency>) -> Result<()> {
        let mut transaction = Transaction::new(self);
        transaction.keep(request, environment)?;
        let values = Item::from([
            (":status".to_owned(), attribute(&environment.status)?),
            (":problems".to_owned(), attribute(&environment.problems)?),
            (
                ":verifiedAt".to_owned(),
                timestamp(environment.verified_at.unwrap_or(environment.updated_at))?,
            ),
        ]);
        transaction.update(
            Key::environment(&environment.id),
            "SET #status = :status, problems = :problems, verifiedAt = :verifiedAt",
            values,
            PRESENT,
            Error::NotFound {
                what: "environment",
                id: environment.id.to_string(),
            },
        )?;
        transaction.commit().await
    }
}
