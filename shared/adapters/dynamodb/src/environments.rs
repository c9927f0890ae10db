//! Environments' rows.

use std::collections::BTreeSet;

use application::records::{CommitEnvironments, Environments, EnvironmentsOfPipelines, idempotency::Answer};
use domain::{Error, Result, environment::Environment, ids::EnvironmentId, lifecycle::EnvironmentTransition};

use crate::{
    Table,
    keys::{Key, listing_key},
    rows::{item, key_item, record, text},
    transaction::{ABSENT, Transaction, at_version},
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

impl CommitEnvironments for Table {
    async fn commit_environment(
        &self,
        transition: &EnvironmentTransition,
        answer: Option<&Answer<'_>>,
    ) -> Result<()> {
        let EnvironmentTransition {
            before,
            after,
            redeployment,
        } = transition;
        let Some(environment) = after.as_ref().or(before.as_ref()) else {
            return Ok(());
        };
        let key = Key::environment(&environment.id);
        let mut transaction = Transaction::new(self);
        transaction.keep(answer)?;
        match (before, after) {
            (None, Some(after)) => {
                let mut link = key_item(Key::account_link(after));
                link.insert("id".to_owned(), text(after.id.as_str()));
                transaction.put(link, ABSENT, after.linked_already())?;
                transaction.put(item(key, after)?, ABSENT, CHANGED)?;
            }
            (Some(before), Some(after)) => {
                transaction.put(item(key, after)?, at_version(before.version), CHANGED)?;
            }
            (Some(before), None) => {
                transaction.delete(key, at_version(before.version), CHANGED)?;
                transaction.remove(Key::account_link(before))?;
            }
            (None, None) => {}
        }
        if let Some(redeployment) = redeployment {
            transaction.put_redeployment(redeployment)?;
        }
        let listings = transition.listings();
        for listing in &listings.added {
            transaction.put_listing(listing_key(listing, environment), environment.id.as_str())?;
        }
        for listing in &listings.removed {
            transaction.remove(listing_key(listing, environment))?;
        }
        transaction.commit().await
    }
}
