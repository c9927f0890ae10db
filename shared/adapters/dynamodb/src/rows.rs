//! Rows: records as DynamoDB items.

use std::collections::HashMap;

use application::deliveries::record::Answer;
use aws_clients::Call;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{
    Error, Result,
    approval::{Approval, Contribution},
    audit::AuditEntry,
    delivery::{Delivery, Run},
    deployment::Deployment,
    environment::Environment,
    pipeline::Pipeline,
    redeployment::Redeployment,
    revision::KeptRevision,
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    Table, capacity,
    environments::UnverifiedRow,
    idempotency::KeptAnswer,
    keys::{Key, PK, SK},
    pipelines::TeamCountRow,
};

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time, as the records have it.
pub(crate) fn timestamp(time: OffsetDateTime) -> Result<AttributeValue> {
    time.format(&Rfc3339)
        .map(text)
        .map_err(|error| Error::Internal(format!("a time cannot be written: {error}")))
}

/// `value` as an attribute.
pub(crate) fn attribute<T: Serialize>(value: &T) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(value)
        .map_err(|error| Error::Internal(format!("an attribute cannot be written: {error}")))
}

/// The attributes of `key`.
pub(crate) fn key_item(key: Key) -> Item {
    Item::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}

/// `record` as the row `key`.
pub(crate) fn item<T: Serialize>(key: Key, record: &T) -> Result<Item> {
    let mut item: Item = serde_dynamo::to_item(record)
        .map_err(|error| Error::Internal(format!("a record cannot be written: {error}")))?;
    item.extend(key_item(key));
    Ok(item)
}

/// The attribute by which DynamoDB knows when a row is to go: seconds since 1970.
pub(crate) const EXPIRES_AT: &str = "expiresAt";

/// The record in `item`.
pub(crate) fn record<T: Record>(item: Item) -> Result<T> {
    T::from_item(item)
}

/// What the table has rows of.
///
/// What reads a row is long, and not generic: each function would compile it for itself.
pub(crate) trait Record: Sized {
    fn from_item(item: Item) -> Result<Self>;
}

macro_rules! records {
    ($($record:ty),+) => {$(
        impl Record for $record {
            fn from_item(item: Item) -> Result<Self> {
                serde_dynamo::from_item(item)
                    .map_err(|error| Error::Internal(format!("a row of the table cannot be read: {error}")))
            }
        }
    )+};
}

records!(
    Answer,
    Approval,
    AuditEntry,
    Contribution,
    Delivery,
    Deployment,
    Environment,
    KeptAnswer,
    KeptRevision,
    Pipeline,
    Redeployment,
    Run,
    TeamCountRow,
    UnverifiedRow
);

impl Table {
    /// The record of the row `key`, if there is one.
    pub(crate) async fn read<T: Record>(&self, key: Key) -> Result<Option<T>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .consistent_read(true)
            .return_consumed_capacity(capacity::WANTED)
            .send()
            .await
            .map_err(|error| Call::own("dynamodb:GetItem").failed(error))?;
        capacity::read(&answer.consumed_capacity);
        answer.item.map(record).transpose()
    }

    /// The items of the rows `keys`, in no order; those that do not exist are missing.
    pub(crate) async fn read_all(&self, keys: Vec<Key>) -> Result<Vec<Item>> {
        /// `BatchGetItem` takes up to 100 keys.
        const BATCH: usize = 100;
        let mut items = Vec::with_capacity(keys.len());
        for batch in keys.chunks(BATCH) {
            let mut wanted: Vec<Item> = batch.iter().cloned().map(key_item).collect();
            while !wanted.is_empty() {
                let request = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .consistent_read(true)
                    .build()
                    .map_err(|error| Error::Internal(error.to_string()))?;
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(&self.name, request)
                    .return_consumed_capacity(capacity::WANTED)
                    .send()
                    .await
                    .map_err(|error| Call::own("dynamodb:BatchGetItem").failed(error))?;
                capacity::read(answer.consumed_capacity());
                let mut responses = answer.responses.unwrap_or_default();
                items.append(&mut responses.remove(&self.name).unwrap_or_default());
                let mut left = answer.unprocessed_keys.unwrap_or_default();
                wanted = left.remove(&self.name).map(|left| left.keys).unwrap_or_default();
            }
        }
        Ok(items)
    }
}
