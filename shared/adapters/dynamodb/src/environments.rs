//! Environments' rows.

use std::collections::BTreeSet;

use application::records::{
    CommitEnvironments, Environments, EnvironmentsOfPipelines, FindUnverifiedLinks, idempotency::Answer,
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Error, Result,
    environment::Environment,
    ids::EnvironmentId,
    lifecycle::{EnvironmentTransition, UnverifiedLinks},
    team::Username,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    Table,
    keys::{Key, listing_key},
    rows::{Item, item, key_item, number, record, text},
    transaction::{ABSENT, Condition, Transaction, at_count, at_version},
};

const CHANGED: Error = Error::ConcurrentChange("the environment");

impl Environments for Table {
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        let environment: Option<Environment> = self.read(Key::environment(id)).await?;
        let now = OffsetDateTime::now_utc();
        Ok(environment.filter(|environment| !environment.has_expired(now)))
    }
}

impl EnvironmentsOfPipelines for Table {
    async fn environments(&self, ids: &BTreeSet<&EnvironmentId>) -> Result<Vec<Environment>> {
        let items = self
            .read_all(ids.iter().map(|id| Key::environment(id)).collect())
            .await?;
        let environments: Vec<Environment> = items.into_iter().map(record).collect::<Result<_>>()?;
        let now = OffsetDateTime::now_utc();
        let present = environments
            .into_iter()
            .filter(|environment| !environment.has_expired(now));
        Ok(present.collect())
    }
}

/// The row of a user's links that wait for a verification.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct UnverifiedRow {
    version: u32,
    /// Missing if there are none: DynamoDB has no empty sets.
    #[serde(default)]
    links: BTreeSet<EnvironmentId>,
}

impl FindUnverifiedLinks for Table {
    async fn unverified_links(&self, user: &Username) -> Result<(UnverifiedLinks, Vec<Environment>)> {
        let row: Option<UnverifiedRow> = self.read(Key::unverified_links(user)).await?;
        let UnverifiedRow { version, links: ids } = row.unwrap_or_default();
        let items = self.read_all(ids.iter().map(Key::environment).collect()).await?;
        let environments = items.into_iter().map(record).collect::<Result<_>>()?;
        Ok((UnverifiedLinks { version, ids }, environments))
    }
}

impl Transaction<'_> {
    /// Adds `environment` to its user's links, if they are still those of `beside`.
    fn add_unverified(&mut self, environment: &Environment, beside: &UnverifiedLinks) -> Result<()> {
        let links = beside.ids.iter().chain([&environment.id]);
        let mut row = key_item(Key::unverified_links(&environment.owner));
        row.insert("version".to_owned(), number(beside.version + 1));
        row.insert(
            "links".to_owned(),
            AttributeValue::Ss(links.map(ToString::to_string).collect()),
        );
        self.put(
            row,
            at_count(beside.version),
            Error::ConcurrentChange("your links"),
        )
    }

    /// Takes `environment` off its user's links.
    fn remove_unverified(&mut self, environment: &Environment) -> Result<()> {
        let link = AttributeValue::Ss(vec![environment.id.to_string()]);
        self.set(
            Key::unverified_links(&environment.owner),
            "DELETE links :link ADD version :one",
            Item::from([(":link".to_owned(), link), (":one".to_owned(), number(1))]),
        )
    }

    /// Reserves the account and region for `environment`, unless another one has.
    fn reserve(&mut self, environment: &Environment) -> Result<()> {
        let mut link = key_item(Key::account_link(environment));
        let id = text(environment.id.as_str());
        link.insert("id".to_owned(), id.clone());
        let free = Condition {
            expression: format!("{ABSENT} OR id = :id"),
            values: Item::from([(":id".to_owned(), id)]),
        };
        self.put(link, free, environment.taken())
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
            beside,
            audit,
        } = transition;
        let Some(environment) = after.as_ref().or(before.as_ref()) else {
            return Ok(());
        };
        let key = Key::environment(&environment.id);
        let mut transaction = Transaction::new(self);
        transaction.keep(answer)?;
        transaction.audit(audit.as_ref())?;
        match (before, after) {
            (None, Some(after)) => {
                transaction.put(item(key, after)?, ABSENT, CHANGED)?;
            }
            (Some(before), Some(after)) => {
                transaction.put(item(key, after)?, at_version(before.version), CHANGED)?;
            }
            (Some(before), None) => {
                transaction.delete(key, at_version(before.version), CHANGED)?;
            }
            (None, None) => {}
        }
        if transition.reserves() {
            transaction.reserve(environment)?;
        }
        if transition.frees() {
            transaction.remove(Key::account_link(environment))?;
        }
        match beside {
            Some(beside) if environment.unverified_since.is_some() => {
                transaction.add_unverified(environment, beside)?;
            }
            _ => {}
        }
        if transition.settles() {
            transaction.remove_unverified(environment)?;
        }
        if let Some(redeployment) = redeployment {
            transaction.put_redeployment(redeployment)?;
        }
        let listings = transition.listings();
        for listing in &listings.added {
            transaction.put_listing(listing_key(listing, environment), environment.id.as_str(), None)?;
        }
        for listing in &listings.removed {
            transaction.remove(listing_key(listing, environment))?;
        }
        transaction.commit().await
    }
}
