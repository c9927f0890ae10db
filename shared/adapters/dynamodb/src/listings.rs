//! Reading listings.

use std::collections::HashMap;

use application::{
    records::listing::{Entry, Listings, no_token},
    redeployments::select::{PipelineRow, PipelineRows},
};
use aws_clients::Call;
use domain::{Error, Result, ids::PipelineId, listing::Listing, pipeline::Pipeline};
use time::OffsetDateTime;

use crate::{
    Table, capacity,
    keys::{Key, Listed, PK, SK, listing_partition},
    rows::{Item, Record, key_item, record, text},
};

impl<T: Listed + Record + Send> Listings<T> for Table {
    async fn entries(&self, listing: &Listing, after: Option<&str>, limit: usize) -> Result<Vec<Entry<T>>> {
        let rows = self
            .range(&listing_partition(listing), T::KIND, after, limit, true)
            .await?;
        let ids: Vec<(String, String)> = rows
            .into_iter()
            .map(|row| Ok((string(&row, SK)?, string(&row, "id")?)))
            .collect::<Result<_>>()?;
        let items = self
            .read_all(ids.iter().map(|(_, id)| T::key_of(id)).collect())
            .await?;
        let mut records: HashMap<String, T> = items
            .into_iter()
            .map(|item| {
                let record: T = record(item)?;
                Ok((record.id().to_owned(), record))
            })
            .collect::<Result<_>>()?;
        let now = OffsetDateTime::now_utc();
        records.retain(|_, record| !record.has_expired(now));
        Ok(ids
            .into_iter()
            .map(|(key, id)| Entry {
                key,
                record: records.remove(&id),
            })
            .collect())
    }
}

impl PipelineRows for Table {
    async fn pipeline_rows(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<PipelineRow>> {
        let rows = self
            .range(&listing_partition(listing), Pipeline::KIND, after, limit, true)
            .await?;
        rows.into_iter()
            .map(|row| {
                let id = PipelineId::parse(string(&row, "id")?)
                    .map_err(|problem| Error::Internal(format!("a listing row's id {problem}")))?;
                Ok(PipelineRow {
                    key: string(&row, SK)?,
                    id,
                })
            })
            .collect()
    }
}

impl Table {
    /// Up to `limit` records of a partition whose sort keys begin with `prefix`, before the row `after`, the newest first.
    pub(crate) async fn newest_first<T: Record>(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<T>>> {
        let rows = self.range(partition, prefix, after, limit, false).await?;
        rows.into_iter()
            .map(|row| {
                Ok(Entry {
                    key: string(&row, SK)?,
                    record: Some(record(row)?),
                })
            })
            .collect()
    }

    /// Up to `limit` rows of a partition whose sort keys begin with `prefix`, beyond the row `after`.
    pub(crate) async fn range(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        ascending: bool,
    ) -> Result<Vec<Item>> {
        /// DynamoDB's limit for a sort key.
        const MAX_KEY_BYTES: usize = 1024;
        // A client may have made it up, and DynamoDB refuses to start outside the range.
        if after.is_some_and(|after| !after.starts_with(prefix) || after.len() > MAX_KEY_BYTES) {
            return Err(no_token());
        }
        let mut start = after.map(|sk| {
            key_item(Key {
                pk: partition.to_owned(),
                sk: sk.to_owned(),
            })
        });
        let mut rows = Vec::new();
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.name)
                .key_condition_expression(format!("{PK} = :partition AND begins_with({SK}, :prefix)"))
                .expression_attribute_values(":partition", text(partition))
                .expression_attribute_values(":prefix", text(prefix))
                .set_exclusive_start_key(start)
                .scan_index_forward(ascending)
                .limit(i32::try_from(limit - rows.len()).unwrap_or(i32::MAX))
                .consistent_read(true)
                .return_consumed_capacity(capacity::WANTED)
                .send()
                .await
                .map_err(|error| Call::own("dynamodb:Query").failed(error))?;
            capacity::read(&answer.consumed_capacity);
            rows.append(&mut answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            // An answer holds 1 MB at most, whatever its limit.
            if start.is_none() || rows.len() >= limit {
                return Ok(rows);
            }
        }
    }
}

/// The string attribute `name` of `row`.
pub(crate) fn string(row: &Item, name: &str) -> Result<String> {
    row.get(name)
        .and_then(|value| value.as_s().ok())
        .cloned()
        .ok_or_else(|| Error::Internal(format!("a row of the table has no {name}")))
}
