//! Transactions: writes that all happen or none, each with the error that it means when its condition fails.

use std::time::Duration;

use aws_clients::Call;
use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update},
};
use domain::{Error, Result};

use crate::{
    Table, capacity,
    keys::{Key, PK},
    rows::{EXPIRES_AT, Item, key_item, text},
};

/// Writes that all happen or none.
pub(crate) struct Transaction<'t> {
    table: &'t Table,
    writes: Vec<TransactWriteItem>,
    unmet: Vec<Option<Error>>,
}

/// Reasons for which a transaction is cancelled that pass by themselves:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors>
const THROTTLED: &[&str] = &["ThrottlingError", "ProvisionedThroughputExceeded"];

/// The condition that a row is not there.
pub(crate) const ABSENT: &str = "attribute_not_exists(pk)";
/// The condition that a row is there.
pub(crate) const PRESENT: &str = "attribute_exists(pk)";

/// A condition and the values that it names (`:name`); attribute names stand in it as they are, or behind `#` (`#name`).
#[derive(Default)]
pub(crate) struct Condition {
    pub(crate) expression: String,
    pub(crate) values: Item,
}

impl From<&str> for Condition {
    fn from(expression: &str) -> Self {
        Self {
            expression: expression.to_owned(),
            values: Item::new(),
        }
    }
}

impl<'t> Transaction<'t> {
    pub(crate) fn new(table: &'t Table) -> Self {
        Self {
            table,
            writes: Vec::new(),
            unmet: Vec::new(),
        }
    }

    /// Writes a row if `condition` holds; else the transaction fails with `unmet`.
    pub(crate) fn put(&mut self, item: Item, condition: impl Into<Condition>, unmet: Error) -> Result<()> {
        let Condition { expression, values } = condition.into();
        let put = Put::builder()
            .table_name(&self.table.name)
            .set_item(Some(item))
            .condition_expression(expression)
            .set_expression_attribute_values(some(values))
            .build()
            .map_err(malformed)?;
        self.add(TransactWriteItem::builder().put(put).build(), Some(unmet));
        Ok(())
    }

    /// Writes a listing row: it carries the id of what it lists, and when it goes by itself.
    pub(crate) fn put_listing(
        &mut self,
        key: Key,
        id: &str,
        expires_at: Option<AttributeValue>,
    ) -> Result<()> {
        let mut item = key_item(key);
        item.insert("id".to_owned(), text(id));
        item.extend(expires_at.map(|at| (EXPIRES_AT.to_owned(), at)));
        self.replace(item)
    }

    /// Writes a row, whether it is there or not.
    pub(crate) fn replace(&mut self, item: Item) -> Result<()> {
        let put = Put::builder()
            .table_name(&self.table.name)
            .set_item(Some(item))
            .build()
            .map_err(malformed)?;
        self.add(TransactWriteItem::builder().put(put).build(), None);
        Ok(())
    }

    /// Changes a row, or makes it.
    pub(crate) fn set(&mut self, key: Key, update: &str, values: Item) -> Result<()> {
        let update = Update::builder()
            .table_name(&self.table.name)
            .set_key(Some(key_item(key)))
            .update_expression(update)
            .set_expression_attribute_values(some(values))
            .build()
            .map_err(malformed)?;
        self.add(TransactWriteItem::builder().update(update).build(), None);
        Ok(())
    }

    /// Changes a row if `condition` holds; else the transaction fails with `unmet`.
    pub(crate) fn update(
        &mut self,
        key: Key,
        update: &str,
        values: Item,
        condition: impl Into<Condition>,
        unmet: Error,
    ) -> Result<()> {
        let Condition {
            expression,
            values: mut all,
        } = condition.into();
        all.extend(values);
        let status = update
            .contains("#status")
            .then(|| ("#status".to_owned(), "status".to_owned()));
        let update = Update::builder()
            .table_name(&self.table.name)
            .set_key(Some(key_item(key)))
            .update_expression(update)
            .condition_expression(expression)
            .set_expression_attribute_values(some(all))
            // `status` is a reserved word.
            .set_expression_attribute_names(status.map(|name| [name].into()))
            .build()
            .map_err(malformed)?;
        self.add(TransactWriteItem::builder().update(update).build(), Some(unmet));
        Ok(())
    }

    /// Removes a row if `condition` holds; else the transaction fails with `unmet`.
    pub(crate) fn delete(&mut self, key: Key, condition: impl Into<Condition>, unmet: Error) -> Result<()> {
        let Condition { expression, values } = condition.into();
        let delete = Delete::builder()
            .table_name(&self.table.name)
            .set_key(Some(key_item(key)))
            .condition_expression(expression)
            .set_expression_attribute_values(some(values))
            .build()
            .map_err(malformed)?;
        self.add(TransactWriteItem::builder().delete(delete).build(), Some(unmet));
        Ok(())
    }

    /// Removes a row, whether it is there or not.
    pub(crate) fn remove(&mut self, key: Key) -> Result<()> {
        let delete = Delete::builder()
            .table_name(&self.table.name)
            .set_key(Some(key_item(key)))
            .build()
            .map_err(malformed)?;
        self.add(TransactWriteItem::builder().delete(delete).build(), None);
        Ok(())
    }

    /// Writes nothing; if `condition` does not hold for the row, the transaction fails with `unmet`.
    pub(crate) fn check(&mut self, key: Key, condition: impl Into<Condition>, unmet: Error) -> Result<()> {
        let Condition { expression, values } = condition.into();
        let status = expression
            .contains("#status")
            .then(|| ("#status".to_owned(), "status".to_owned()));
        let check = ConditionCheck::builder()
            .table_name(&self.table.name)
            .set_key(Some(key_item(key)))
            .condition_expression(expression)
            .set_expression_attribute_values(some(values))
            .set_expression_attribute_names(status.map(|name| [name].into()))
            .build()
            .map_err(malformed)?;
        self.add(
            TransactWriteItem::builder().condition_check(check).build(),
            Some(unmet),
        );
        Ok(())
    }

    fn add(&mut self, write: TransactWriteItem, unmet: Option<Error>) {
        self.writes.push(write);
        self.unmet.push(unmet);
    }

    /// Carries the writes out. The error is that of the first write whose condition fails.
    ///
    /// Two transactions that touch the same row at the same moment cancel one another; the SDK does not try those again, so this
    /// does. [`Error::ConcurrentChange`] if others stay in the way.
    pub(crate) async fn commit(self) -> Result<()> {
        const ATTEMPTS: u32 = 6;
        const FIRST_WAIT_MS: u64 = 20;
        let Self { table, writes, unmet } = self;
        for attempt in 0..ATTEMPTS {
            let sent = table
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .return_consumed_capacity(capacity::WANTED)
                .send()
                .await;
            let error = match sent {
                Ok(answer) => {
                    capacity::written(answer.consumed_capacity());
                    return Ok(());
                }
                Err(error) => error,
            };
            let reasons = cancellations(&error);
            if let Some(failed) = reasons
                .iter()
                .position(|reason| reason == "ConditionalCheckFailed")
            {
                return Err(unmet.into_iter().nth(failed).flatten().unwrap_or_else(|| {
                    Error::Internal("a write without a condition failed for its condition".to_owned())
                }));
            }
            if reasons.iter().any(|reason| THROTTLED.contains(&reason.as_str())) {
                return Err(Error::Throttled {
                    operation: "dynamodb:TransactWriteItems",
                    source: error.into(),
                });
            }
            if !reasons.iter().any(|reason| reason == "TransactionConflict") {
                return Err(Call::own("dynamodb:TransactWriteItems").failed(error));
            }
            let longest = FIRST_WAIT_MS << attempt;
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..longest))).await;
        }
        Err(Error::ConcurrentChange("the record"))
    }
}

/// Why each write of a cancelled transaction was not carried out; nothing if the transaction failed otherwise.
fn cancellations(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> Vec<String> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled
            .cancellation_reasons()
            .iter()
            .map(|reason| reason.code().unwrap_or_default().to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

fn some(values: Item) -> Option<Item> {
    // DynamoDB refuses an empty map.
    (!values.is_empty()).then_some(values)
}

fn malformed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a write to the table is malformed: {error}"))
}

/// The condition that a record is still at `version`. Those that were written before there were versions have none, or 0.
pub(crate) fn at_version(version: u64) -> Condition {
    let is = "version = :version";
    Condition {
        expression: if version == 0 {
            format!("attribute_exists({PK}) AND (attribute_not_exists(version) OR {is})")
        } else {
            is.to_owned()
        },
        values: Item::from([(":version".to_owned(), crate::rows::number(version))]),
    }
}

/// The condition that a row is at `version`; at 0 there is none yet.
pub(crate) fn at_count(version: u32) -> Condition {
    if version == 0 {
        ABSENT.into()
    } else {
        Condition {
            expression: "version = :version".to_owned(),
            values: Item::from([(":version".to_owned(), crate::rows::number(version))]),
        }
    }
}
